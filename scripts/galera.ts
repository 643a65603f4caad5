import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { freePort, installed, type Server, startMariaDb, startServer, tool } from './servers.ts'

/** A Galera cluster of three nodes behind a load balancer. */
export type GaleraCluster = {
  /** The load balancer: its connections go to the nodes in turn. */
  entry: Server
  nodes: readonly [Server, ...Server[]]
  /** The URL of the load balancer. */
  url: string
  stop(): Promise<void>
}

const NODES = 3

/** Where packages put the provider. */
const PROVIDERS = ['/usr/lib/galera/libgalera_smm.so', '/usr/lib64/galera-4/libgalera_smm.so']

/** Whether a cluster can be started here; installs the packages if that is possible. */
export async function hasGalera(): Promise<boolean> {
  const has = () => PROVIDERS.some(existsSync) && Bun.which('rsync') !== null
  return has() || ((await installed(['galera-4', 'rsync', 'mariadb-server'])) && has())
}

/** @throws Error with the last log lines of a node */
export async function startGalera(): Promise<GaleraCluster> {
  const haproxy = await tool('HAProxy', ['haproxy'], ['haproxy'])
  if (!(await hasGalera())) throw new Error('Galera is missing. Install it (on Debian: galera-4, rsync).')
  const provider = PROVIDERS.find(existsSync)!
  const password = crypto.randomUUID()
  const group = await Promise.all(Array.from({ length: NODES }, () => freePort()))
  const started: Server[] = []
  const stop = async () => void (await Promise.all(started.map((server) => server.stop())))
  try {
    for (const port of group) started.push(await startMariaDb({ password, options: await nodeOptions(port) }))
    const nodes = [...started] as [Server, ...Server[]]
    const entry = await startServer(balancerOf(haproxy, nodes))
    started.push(entry)
    return { entry, nodes, url: entry.url, stop }
  } catch (error) {
    await stop()
    throw error
  }

  async function nodeOptions(port: number): Promise<() => string[]> {
    const [ist, sst] = [await freePort(), await freePort()]
    const settings = [
      `gmcast.listen_addr=tcp://127.0.0.1:${port}`,
      `ist.recv_addr=127.0.0.1:${ist}`,
      'gcache.size=16M',
      // A node that was killed or paused is excluded soon, as in a small network.
      'evs.keepalive_period=PT0.5S; evs.suspect_timeout=PT2S; evs.inactive_timeout=PT4S; evs.inactive_check_period=PT0.5S',
    ]
    const common = [
      '--wsrep-on=ON',
      `--wsrep-provider=${provider}`,
      `--wsrep-provider-options=${settings.join('; ')}`,
      `--wsrep-node-address=127.0.0.1:${port}`,
      `--wsrep-sst-receive-address=127.0.0.1:${sst}`,
      '--wsrep-sst-method=rsync',
      '--binlog-format=ROW',
      '--innodb-autoinc-lock-mode=2',
      `--wsrep-cluster-address=gcomm://${group.map((other) => `127.0.0.1:${other}`).join(',')}`,
    ]
    let isNew = port === group[0]
    return () => {
      const options = isNew ? [...common, '--wsrep-new-cluster'] : common
      isNew = false
      return options
    }
  }
}

/** HAProxy in TCP mode. It only checks that nodes listen, so the app also meets nodes that are not ready. */
function balancerOf(program: string, nodes: readonly Server[]) {
  const servers = nodes.map(({ url }, index) => `  server node${index} 127.0.0.1:${new URL(url).port} check`)
  const config = (port: number) => `
global
  maxconn 2000
  nbthread 1
defaults
  mode tcp
  timeout connect 2s
  timeout client 1h
  timeout server 1h
  timeout check 1s
  option redispatch 1
  retries 3
listen galera
  bind 127.0.0.1:${port}
  balance roundrobin
  default-server inter 500ms fall 2 rise 1 on-marked-down shutdown-sessions
${servers.join('\n')}
`
  return {
    name: 'galera-balancer',
    async prepare(folder: string, port: number) {
      await Bun.write(join(folder, 'haproxy.cfg'), config(port))
    },
    command: (folder: string) => [program, '-db', '-f', join(folder, 'haproxy.cfg')],
    url: (port: number) => nodes[0]!.url.replace(/:\d+$/, `:${port}`),
    async responds(url: string) {
      await using client = new Bun.SQL(url, { max: 1, connectionTimeout: 5 })
      await client`select 1`
      return true
    },
  }
}
