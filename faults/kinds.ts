import { setTimeout as sleep } from 'node:timers/promises'
import type { Server } from '../scripts/servers.ts'
import { fillDisk } from './disk.ts'
import type { Fate, Line } from './line.ts'
import { redisSetKinds } from './redis-set.ts'
import type { System } from './system.ts'

/** One kind of fault. */
export type Kind = {
  name: string
  /** Resolves when the fault is over. `pause` is its duration in milliseconds, where it can be chosen. */
  happen(system: System, options: { pause: number; random: () => number }): Promise<void>
  /** No send may fail during this fault. */
  unnoticed?: true
  /** Only for a system with one Redis server, or only for one with several. */
  redis?: 'one' | 'set'
  /** Happens to a single database, not to a cluster. */
  singleDatabase?: true
}

/** Milliseconds of further traffic after a momentary fault, so that every client encounters it. */
const AFTERMATH_MS = 700

/** Milliseconds within which some process commits a message. */
const COMMIT_TIMEOUT_MS = 20_000

export const kinds: readonly Kind[] = [
  ...killed('app', randomApp),
  ...killed('database', randomNode),
  ...onlyRedis(killed('Redis', ({ redis }) => redis!.server)),
  ...killed('load balancer', ({ balancer }) => balancer),
  {
    name: 'app stopped (SIGTERM)',
    unnoticed: true,
    async happen(system, { random }) {
      const app = randomApp(system, random)
      process.kill(app.pid, 'SIGTERM')
      await app.ended()
      await app.restart()
    },
  },
  ...paused('app', randomApp),
  ...paused('database', randomNode),
  ...onlyRedis(paused('Redis', ({ redis }) => redis!.server)),
  ...lineFaults('clients', ({ lines }) => lines.clients),
  ...lineFaults('database', ({ lines }) => lines.database),
  ...onlyRedis(lineFaults('Redis', ({ redis }) => redis!.line)),
  ...redisSetKinds,
  commitsLost('commit requests lost', 'cut before'),
  commitsLost('commit responses lost', 'cut after'),
  commitsLost('connection to database half-open at commit', 'swallowed'),
  {
    name: 'all client connections reset at once',
    async happen({ lines }) {
      lines.clients.reset()
      await sleep(AFTERMATH_MS)
    },
  },
  {
    name: 'Redis subscribers killed',
    redis: 'one',
    async happen({ redis }) {
      const client = new Bun.RedisClient(redis!.server.url)
      await client.send('CLIENT', ['KILL', 'TYPE', 'pubsub'])
      client.close()
      await sleep(AFTERMATH_MS)
    },
  },
  {
    name: 'Redis subscriptions lost',
    redis: 'one',
    async happen({ redis }) {
      await redis!.line.unsubscribe()
      await sleep(AFTERMATH_MS)
    },
  },
  {
    name: 'database disk full',
    singleDatabase: true,
    async happen(system, { pause }) {
      const free = await fillDisk(system)
      await sleep(pause).finally(free)
    },
  },
  { name: 'database connections exhausted', singleDatabase: true, happen: exhaustConnections },
  {
    name: 'database rows locked',
    singleDatabase: true,
    async happen({ databaseUrl }, { pause }) {
      await using sql = new Bun.SQL(databaseUrl, { max: 1 })
      await sql.begin(async (sql) => {
        await sql`select id from conversation for update`
        await sleep(pause)
      })
    },
  },
]

function onlyRedis(kinds: Kind[]): Kind[] {
  return kinds.map((kind) => ({ ...kind, redis: 'one' }))
}

type Pick<T> = (system: System, random: () => number) => T

function randomApp({ apps }: System, random: () => number): Server {
  return apps[Math.floor(random() * apps.length)]!
}

function randomNode({ databaseNodes }: System, random: () => number): Server {
  return databaseNodes[Math.floor(random() * databaseNodes.length)]!
}

function killed(name: string, pick: Pick<Server>): Kind[] {
  return [
    {
      name: `${name} killed`,
      async happen(system, { pause, random }) {
        const server = pick(system, random)
        await server.kill()
        await sleep(pause * random())
        await server.restart()
      },
    },
  ]
}

function paused(name: string, pick: Pick<Server>): Kind[] {
  return [
    {
      name: `${name} paused`,
      async happen(system, { pause, random }) {
        const { pid } = pick(system, random)
        process.kill(pid, 'SIGSTOP')
        await sleep(pause).finally(() => process.kill(pid, 'SIGCONT'))
      },
    },
  ]
}

function lineFaults(name: string, pick: Pick<Line>): Kind[] {
  return [
    {
      name: `connection to ${name} frozen`,
      async happen(system, { pause, random }) {
        const line = pick(system, random)
        line.freeze()
        await sleep(pause).finally(line.thaw)
      },
    },
    {
      name: `connection to ${name} half-open`,
      async happen(system, { random }) {
        pick(system, random).drop()
        await sleep(AFTERMATH_MS)
      },
    },
    {
      name: `connection to ${name} cut mid-response`,
      async happen(system, { pause, random }) {
        const line = pick(system, random)
        line.cut()
        await sleep(pause).finally(line.mend)
      },
    },
  ]
}

/** Interrupts commits, so that the outcome is uncertain for the app. */
function commitsLost(name: string, fate: Fate): Kind {
  return {
    name,
    async happen({ lines }, { pause }) {
      const count = lines.database.lose(/\bcommit$/i, fate)
      // On a busy machine the first commit can take a while.
      const end = Date.now() + Math.max(pause, COMMIT_TIMEOUT_MS)
      await sleep(pause)
      while (count() === 0 && Date.now() < end) await sleep(AFTERMATH_MS)
      lines.database.mend()
      if (count() === 0) throw new Error('no process sent a commit')
    },
  }
}

/** The lowest `max_connections` that MariaDB accepts. */
const MIN_CONNECTIONS = 10

/** Opens all available connections and ends those of the processes. */
async function exhaustConnections(
  { databaseUrl, databaseNodes: [database] }: System,
  { pause }: { pause: number },
) {
  await using sql = new Bun.SQL(databaseUrl, { max: 1 })
  const [{ before }] = await sql`select @@global.max_connections as \`before\``
  const taken: Bun.SQL[] = []
  try {
    await sql.unsafe(`set global max_connections = ${MIN_CONNECTIONS}`)
    // MariaDB reserves one more for administrators, which the processes are here. This connection counts too.
    while (taken.length < MIN_CONNECTIONS) {
      await endOthers(sql)
      const attempts = Array.from({ length: MIN_CONNECTIONS - taken.length }, () => tryConnect(database.url))
      taken.push(...(await Promise.all(attempts)).filter((one) => one !== null))
    }
    await sleep(pause)
  } finally {
    await sql.unsafe(`set global max_connections = ${before}`)
    await Promise.all(taken.map((one) => one.close()))
  }
}

/** Ends the connections that selected a database: the processes' own, not the ones opened here. */
async function endOthers(sql: Bun.SQL): Promise<void> {
  const others: { id: number }[] = await sql.unsafe(
    'select id from information_schema.processlist where db is not null and id <> connection_id()',
  )
  for (const { id } of others) await sql.unsafe(`kill ${id}`).catch(() => {}) // It may have ended already.
}

/** Opens a connection. Returns null if none is available. */
async function tryConnect(url: string): Promise<Bun.SQL | null> {
  const sql = new Bun.SQL(url, { max: 1, connectionTimeout: 1 })
  return sql`select 1`.then(
    () => sql,
    () => null,
  )
}
