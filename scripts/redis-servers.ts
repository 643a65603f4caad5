import { join } from 'node:path'
import { freePort, type Server, startServer, tool } from './servers.ts'

/** Private Redis servers that take over from each other, on 127.0.0.1. */
export type RedisSet = {
  /** For REDIS_URL. */
  url: string
  /** The servers with data, masters first at the start. */
  nodes: readonly Server[]
  /** Returns those that are masters now and run. */
  masters(): Promise<Server[]>
  /** Makes a replica the master, without a fault. */
  handOver(): Promise<void>
  /** Resolves when the number of running masters is complete. */
  promoted(): Promise<void>
  /** Resolves when every node runs and every master has a replica in sync. */
  settled(): Promise<void>
  stop(): Promise<void>
}

const password = 'a-password-for-tests'

/** Milliseconds without a response after which a master is replaced. */
const DOWN_AFTER_MS = 1000

/** Milliseconds within which a new set must be complete. */
const START_TIMEOUT_MS = 60_000

/** Starts a cluster of three masters, each with one replica. */
export async function startRedisCluster(): Promise<RedisSet> {
  const program = await redisProgram()
  const busPorts = await Promise.all(Array.from({ length: 6 }, freePort))
  return startSet(async (keep) => {
    const options = ['--cluster-enabled', 'yes', '--cluster-node-timeout', `${DOWN_AFTER_MS}`]
    const nodes = await Promise.all(
      busPorts.map((bus) => keep(startNode(program, [...options, '--cluster-port', `${bus}`]))),
    )
    for (const [index, ports] of [
      [0, 5460],
      [5461, 10_922],
      [10_923, 16_383],
    ].entries())
      await command(nodes[index]!, ['CLUSTER', 'ADDSLOTSRANGE', ...ports.map(String)])
    for (const [index, node] of nodes.entries())
      await command(nodes[0]!, ['CLUSTER', 'MEET', '127.0.0.1', portOf(node), `${busPorts[index]}`])
    for (const [index, node] of nodes.slice(3).entries()) {
      const id = `${await command(nodes[index]!, ['CLUSTER', 'MYID'])}`
      await until(async () => (await command(node, ['CLUSTER', 'REPLICATE', id])) === 'OK')
    }
    await until(async () => {
      const infos = await Promise.all(nodes.map((node) => command(node, ['CLUSTER', 'INFO'])))
      return infos.every((info) => `${info}`.includes('cluster_state:ok'))
    })
    const hosts = nodes.slice(0, 3).map((node) => `127.0.0.1:${portOf(node)}`)
    const handOver = async () => {
      const infos = await Promise.all(nodes.map(infoOf))
      const replica = nodes[infos.findIndex((info) => info.includes('role:slave'))]!
      await command(replica, ['CLUSTER', 'FAILOVER'])
    }
    return { nodes, masterCount: 3, handOver, url: `redis+cluster://:${password}@${hosts.join(',')}` }
  })
}

/** Starts a master and a replica, watched by three sentinels. */
export async function startRedisSentinel(): Promise<RedisSet> {
  const program = await redisProgram()
  return startSet(async (keep) => {
    const master = await keep(startNode(program, []))
    const replica = await keep(startNode(program, ['--replicaof', '127.0.0.1', portOf(master)]))
    const sentinels = await Promise.all(
      Array.from({ length: 3 }, () => keep(startServer(sentinel(program, portOf(master))))),
    )
    // A failover needs sentinels that know each other and the replica.
    await until(async () => {
      const known = await Promise.all(sentinels.map((one) => command(one, ['SENTINEL', 'MASTER', 'chat'])))
      return known.every(
        (reply) =>
          /num-slaves,1\b/.test(`${flat(reply)}`) && /num-other-sentinels,2\b/.test(`${flat(reply)}`),
      )
    })
    const hosts = sentinels.map((one) => `127.0.0.1:${portOf(one)}`)
    return {
      nodes: [master, replica],
      masterCount: 1,
      // During a failover the sentinels disagree.
      async named() {
        const ports = await Promise.all(
          sentinels.map(async (one) => {
            const reply = await command(one, ['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'chat'])
            return (reply as [string, string])[1]
          }),
        )
        return ports.every((port) => port === ports[0]) ? ports[0]! : null
      },
      async handOver() {
        const infos = await Promise.all([infoOf(master), infoOf(replica)])
        const next = infos[0]!.includes('role:slave') ? master : replica
        // Refused for a while after the last failover.
        await until(async () => {
          if ((await infoOf(next)).includes('role:master')) return true
          return (await command(sentinels[0]!, ['SENTINEL', 'FAILOVER', 'chat'])) === 'never'
        })
      },
      url: `redis+sentinel://:${password}@${hosts.join(',')}/chat`,
    }
  })
}

/**
 * Turns an old master that has returned into a replica: a sentinel waits for about ten seconds before it does.
 * @returns whether the server at the port is the master
 */
async function rejoin(masters: readonly Server[], port: string | null): Promise<boolean> {
  if (!masters.some((one) => portOf(one) === port)) return false
  for (const one of masters) if (portOf(one) !== port) await command(one, ['REPLICAOF', '127.0.0.1', port!])
  return true
}

type Keep = (starting: Promise<Server>) => Promise<Server>

async function startSet(
  start: (
    keep: Keep,
  ) => Promise<
    Pick<RedisSet, 'url' | 'nodes' | 'handOver'> & { masterCount: number; named?(): Promise<string | null> }
  >,
): Promise<RedisSet> {
  const started: Promise<Server>[] = []
  const stop = async () => {
    const servers = await Promise.allSettled(started)
    await Promise.all(servers.map((one) => one.status === 'fulfilled' && one.value.stop()))
  }
  try {
    const { nodes, masterCount, named, ...rest } = await start((starting) => {
      started.push(starting)
      return starting
    })
    const set: RedisSet = {
      ...rest,
      nodes,
      async masters() {
        const roles = await Promise.all(nodes.map((node) => infoOf(node).catch(() => '')))
        return nodes.filter((_, index) => roles[index]!.includes('role:master'))
      },
      promoted: () =>
        until(async () => {
          const masters = await set.masters()
          return masters.length === masterCount && (!named || (await named()) === portOf(masters[0]!))
        }),
      settled: () =>
        until(async () => {
          if (named && !(await rejoin(await set.masters(), await named()))) return false
          const infos = await Promise.all(nodes.map(infoOf))
          const masters = infos.filter((info) => info.includes('role:master'))
          return masters.length === masterCount && masters.every((info) => info.includes('state=online'))
        }),
      stop,
    }
    await set.settled()
    return set
  } catch (error) {
    await stop()
    throw error
  }
}

function redisProgram(): Promise<string> {
  return tool('Redis or Valkey', ['redis-server', 'valkey-server'], ['redis-server'])
}

function startNode(program: string, more: string[]): Promise<Server> {
  return startServer(node(program, { options: () => more }))
}

/** Files in PEM format for a client. */
type TlsFiles = { ca: string; certificate: string; key: string }

/**
 * Starts one Redis server with further options; with `tls`, connections need TLS and a client certificate.
 */
export async function startRedisWith(settings: {
  options(port: number): string[]
  tls?: TlsFiles
}): Promise<Server> {
  return startServer(node(await redisProgram(), settings))
}

function node(program: string, { options, tls }: { options(port: number): string[]; tls?: TlsFiles }) {
  return {
    name: 'redis',
    async prepare() {},
    command: (folder: string, port: number) => [
      program,
      ...['--bind', '127.0.0.1 127.0.0.2', '--port', `${port}`, '--dir', folder],
      ...['--save', '', '--appendonly', 'no', '--repl-diskless-sync-delay', '0'],
      ...['--requirepass', password, '--masterauth', password],
      ...options(port),
    ],
    url: (port: number) => `${tls ? 'rediss' : 'redis'}://:${password}@127.0.0.1:${port}`,
    responds: (url: string) => responds(url, tls),
  }
}

function sentinel(program: string, masterPort: string) {
  return {
    name: 'sentinel',
    async prepare(folder: string, port: number) {
      await Bun.write(
        join(folder, 'sentinel.conf'),
        `bind 127.0.0.1
port ${port}
dir ${folder}
sentinel monitor chat 127.0.0.1 ${masterPort} 2
sentinel auth-pass chat ${password}
sentinel down-after-milliseconds chat ${DOWN_AFTER_MS}
sentinel failover-timeout chat 3000
`,
      )
    },
    command: (folder: string) => [program, join(folder, 'sentinel.conf'), '--sentinel'],
    url: (port: number) => `redis://127.0.0.1:${port}`,
    responds: (url: string) => responds(url),
  }
}

async function responds(url: string, tls?: TlsFiles): Promise<boolean> {
  return (await command({ url }, ['PING'], tls)) === 'PONG'
}

function infoOf(server: Pick<Server, 'url'>): Promise<string> {
  return command(server, ['INFO', 'replication']).then(String)
}

async function command(
  { url }: Pick<Server, 'url'>,
  [name = '', ...args]: string[],
  tls?: TlsFiles,
): Promise<unknown> {
  const client = new Bun.RedisClient(url, {
    autoReconnect: false,
    connectionTimeout: 1000,
    ...(tls && {
      tls: { ca: Bun.file(tls.ca), cert: Bun.file(tls.certificate), key: Bun.file(tls.key) },
    }),
  })
  try {
    return await client.send(name, args)
  } finally {
    client.close()
  }
}

/** Resolves when the condition holds; an error counts as false. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS
  for (;;) {
    const result = await holds().catch((error: Error) => error)
    if (result === true) return
    if (Date.now() > deadline) throw new Error(`The Redis servers are not complete: ${result}`)
    await Bun.sleep(50)
  }
}

function portOf({ url }: Server): string {
  return new URL(url).port
}

/** Returns a reply as text, whether a map or a list. */
function flat(reply: unknown): string {
  return Array.isArray(reply)
    ? `${reply}`
    : Object.entries(reply as object)
        .flat()
        .join(',')
}
