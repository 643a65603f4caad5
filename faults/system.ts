import { join } from 'node:path'
import { startGalera } from '../scripts/galera.ts'
import { type RedisSet, startRedisCluster, startRedisSentinel } from '../scripts/redis-servers.ts'
import { type Server, startMariaDb, startRedis, startServer, tool } from '../scripts/servers.ts'
import { serverFile } from '../test/support/process.ts'
import { paths } from '../web/paths.ts'
import { type Line, openLine } from './line.ts'

/** One server, a master and a replica with sentinels, or a cluster of three masters and three replicas. */
export const REDIS_KINDS = ['one', 'sentinel', 'cluster'] as const
export type RedisKind = (typeof REDIS_KINDS)[number]

/** One MariaDB, or a Galera cluster of three nodes behind a load balancer. */
export const DATABASE_KINDS = ['single', 'galera'] as const
export type DatabaseKind = (typeof DATABASE_KINDS)[number]

/** A ChatApp deployment: three processes behind a load balancer, with a private database and Redis. */
export type System = {
  /** The URL for clients: the load balancer, through the line `clients`. */
  origin: string
  apps: readonly Server[]
  balancer: Server
  /** The servers of the database: one, or the nodes of a cluster. */
  databaseNodes: readonly [Server, ...Server[]]
  /** The only Redis server, with its line; null with several. */
  redis: { server: Server; line: Line } | null
  /** Several Redis servers; null with one. */
  redisSet: RedisSet | null
  lines: { clients: Line; database: Line }
  /** The database, bypassing its line. */
  databaseUrl: string
  stop(): Promise<void>
}

const PROCESSES = 3

const REDIS_SETS = { sentinel: startRedisSentinel, cluster: startRedisCluster }

export async function startSystem({
  database: databaseKind,
  redis: redisKind,
}: {
  database: DatabaseKind
  redis: RedisKind
}): Promise<System> {
  const started: { stop(): unknown }[] = []
  const stopLater = <T extends { stop(): unknown }>(server: T) => {
    started.push(server)
    return server
  }
  const stop = async () => void (await Promise.all(started.map((server) => server.stop())))
  const lineTo = async (server: Server) => {
    const line = await openLine(Number(new URL(server.url).port))
    stopLater({ stop: line.close })
    return line
  }
  const startRedisWithLine = async () => {
    const server = stopLater(await startRedis())
    return { server, line: await lineTo(server) }
  }
  try {
    // Sequential, because installations hold apt's lock.
    const haproxy = await tool('HAProxy', ['haproxy'], ['haproxy'])
    const database = stopLater(await (databaseKind === 'galera' ? startGalera() : startOne()))
    const redisSet = redisKind === 'one' ? null : stopLater(await REDIS_SETS[redisKind]())
    const redis = redisSet ? null : await startRedisWithLine()
    const lines = { database: await lineTo(database.entry) }
    const env = {
      DATABASE_URL: `${through(lines.database, database.url)}/chatapp`,
      REDIS_URL: redis ? through(redis.line, redis.server.url) : redisSet!.url,
      JWT_SECRET: crypto.randomUUID(),
      RATE_LIMITS: 'off',
      TEXT_QUOTA: 'off',
      LOG_LEVEL: 'warn',
    }
    const starting = Array.from({ length: PROCESSES }, () => startServer(app(env)).then(stopLater))
    const apps = await Promise.all(starting).catch(async (error) => {
      await Promise.allSettled(starting)
      throw error
    })
    const balancer = stopLater(await startServer(balancerOf(haproxy, apps)))
    const clients = await lineTo(balancer)
    return {
      origin: `http://127.0.0.1:${clients.port}`,
      apps,
      balancer,
      databaseNodes: database.nodes,
      redis,
      redisSet,
      lines: { clients, ...lines },
      databaseUrl: `${database.url}/chatapp`,
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

async function startOne() {
  const server = await startMariaDb()
  return { entry: server, nodes: [server] as const, url: server.url, stop: server.stop }
}

/** Returns the URL of a server through its line. */
function through(line: Line, url: string): string {
  const { port } = new URL(url)
  return url.replace(`:${port}`, `:${line.port}`)
}

/** Starts the server as an operator would. */
function app(settings: Record<string, string>) {
  return {
    name: 'app',
    async prepare() {},
    command: () => [process.execPath, serverFile],
    env: (folder: string, port: number) => ({
      PATH: process.env.PATH ?? '',
      HOME: process.env.HOME ?? '',
      HOST: '127.0.0.1',
      PORT: `${port}`,
      DATA_DIR: folder,
      ...settings,
    }),
    url: (port: number) => `http://127.0.0.1:${port}`,
    responds: async (url: string) => (await fetch(url + paths.live)).ok,
  }
}

/** HAProxy with round-robin balancing and no sticky sessions. */
function balancerOf(program: string, apps: readonly Server[]) {
  const servers = apps.map(({ url }, index) => `  server app${index} ${url.replace('http://', '')} check`)
  const config = (port: number) => `
global
  maxconn 2000
  nbthread 1
defaults
  mode http
  timeout connect 2s
  timeout client 60s
  timeout server 60s
  timeout tunnel 1h
  timeout check 1s
  retries 3
  # Retries on another process are safe: each message carries an idempotency key.
  option redispatch 1
  retry-on conn-failure empty-response
  # The process might be about to close a kept-alive connection.
  option http-server-close
frontend people
  bind 127.0.0.1:${port}
  default_backend apps
backend apps
  balance roundrobin
  option httpchk
  http-check send meth GET uri ${paths.live} ver HTTP/1.1 hdr host localhost
  default-server inter 500ms fall 2 rise 1
${servers.join('\n')}
`
  return {
    name: 'balancer',
    async prepare(folder: string, port: number) {
      await Bun.write(join(folder, 'haproxy.cfg'), config(port))
    },
    command: (folder: string) => [program, '-db', '-f', join(folder, 'haproxy.cfg')],
    url: (port: number) => `http://127.0.0.1:${port}`,
    responds: async (url: string) => (await fetch(url + paths.live)).ok,
  }
}
