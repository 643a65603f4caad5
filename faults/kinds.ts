import { setTimeout as sleep } from 'node:timers/promises'
import type { Server } from '../scripts/servers.ts'
import { fillDisk } from './disk.ts'
import type { Fate, Line } from './line.ts'
import type { System } from './system.ts'

/** A way in which something fails. */
export type Kind = {
  name: string
  /** Resolves when the fault is over. `pause` is how long it lasts where that is for us to say, in milliseconds. */
  happen(system: System, options: { pause: number; random: () => number }): Promise<void>
  /** Nothing that anybody sends meanwhile may fail. */
  unnoticed?: true
}

/** Milliseconds for which everybody goes on talking after a fault of a moment, so that they meet it. */
const MEET = 700

/** Milliseconds within which somebody who talks commits a message. */
const LONGEST_SILENCE = 20_000

export const kinds: readonly Kind[] = [
  ...killed('app', anApp),
  ...killed('database', ({ database }) => database),
  ...killed('Redis', ({ redis }) => redis),
  ...killed('balancer', ({ balancer }) => balancer),
  {
    name: 'app told to stop',
    unnoticed: true,
    async happen(system, { random }) {
      const app = anApp(system, random)
      process.kill(app.pid, 'SIGTERM')
      await app.ended()
      await app.restart()
    },
  },
  ...stopped('app', anApp),
  ...stopped('database', ({ database }) => database),
  ...stopped('Redis', ({ redis }) => redis),
  ...lineFaults('clients', ({ lines }) => lines.clients),
  ...lineFaults('database', ({ lines }) => lines.database),
  ...lineFaults('Redis', ({ lines }) => lines.redis),
  commitsLost('commits lost', 'cut before'),
  commitsLost('answers to commits lost', 'cut after'),
  commitsLost('line to the database half-open at commits', 'swallowed'),
  {
    name: 'all connections of the clients reset at once',
    async happen({ lines }) {
      lines.clients.reset()
      await sleep(MEET)
    },
  },
  {
    name: 'subscribers of Redis killed',
    async happen({ redis }) {
      const client = new Bun.RedisClient(redis.url)
      await client.send('CLIENT', ['KILL', 'TYPE', 'pubsub'])
      client.close()
      await sleep(MEET)
    },
  },
  {
    name: 'subscriptions of Redis gone',
    async happen({ lines }) {
      await lines.redis.unsubscribe()
      await sleep(MEET)
    },
  },
  {
    name: 'disk of the database full',
    async happen(system, { pause }) {
      const free = await fillDisk(system)
      await sleep(pause).finally(free)
    },
  },
  { name: 'connections of the database used up', happen: useUpConnections },
  {
    name: 'rows of the database locked',
    async happen({ databaseUrl }, { pause }) {
      await using sql = new Bun.SQL(databaseUrl, { max: 1 })
      await sql.begin(async (sql) => {
        await sql`select id from conversation for update`
        await sleep(pause)
      })
    },
  },
]

type One<T> = (system: System, random: () => number) => T

function anApp({ apps }: System, random: () => number): Server {
  return apps[Math.floor(random() * apps.length)]!
}

function killed(name: string, one: One<Server>): Kind[] {
  return [
    {
      name: `${name} killed`,
      async happen(system, { pause, random }) {
        const server = one(system, random)
        await server.kill()
        await sleep(pause * random())
        await server.restart()
      },
    },
  ]
}

function stopped(name: string, one: One<Server>): Kind[] {
  return [
    {
      name: `${name} paused`,
      async happen(system, { pause, random }) {
        const { pid } = one(system, random)
        process.kill(pid, 'SIGSTOP')
        await sleep(pause).finally(() => process.kill(pid, 'SIGCONT'))
      },
    },
  ]
}

function lineFaults(name: string, one: One<Line>): Kind[] {
  return [
    {
      name: `line to the ${name} frozen`,
      async happen(system, { pause, random }) {
        const line = one(system, random)
        line.freeze()
        await sleep(pause).finally(line.thaw)
      },
    },
    {
      name: `line to the ${name} half-open`,
      async happen(system, { random }) {
        one(system, random).drop()
        await sleep(MEET)
      },
    },
    {
      name: `line to the ${name} cut in mid-answer`,
      async happen(system, { pause, random }) {
        const line = one(system, random)
        line.cut()
        await sleep(pause).finally(line.mend)
      },
    },
  ]
}

/** Whether a commit that was not answered has happened: nobody can know but the database. */
function commitsLost(name: string, fate: Fate): Kind {
  return {
    name,
    async happen({ lines }, { pause }) {
      const count = lines.database.lose(/\bcommit$/i, fate)
      // On a busy machine it takes a while until somebody commits.
      const end = Date.now() + Math.max(pause, LONGEST_SILENCE)
      await sleep(pause)
      while (count() === 0 && Date.now() < end) await sleep(MEET)
      lines.database.mend()
      if (count() === 0) throw new Error('no process has said "commit": there is nothing to lose')
    },
  }
}

/** The fewest that MariaDB lets one set. */
const CONNECTIONS = 10

/** Takes all the connections that there may be, and ends those of the processes. */
async function useUpConnections({ databaseUrl, database }: System, { pause }: { pause: number }) {
  await using sql = new Bun.SQL(databaseUrl, { max: 1 })
  const [{ before }] = await sql`select @@global.max_connections as \`before\``
  const taken: Bun.SQL[] = []
  try {
    await sql.unsafe(`set global max_connections = ${CONNECTIONS}`)
    // One more is kept for administrators, as which the processes sign in here. This connection is one of them.
    while (taken.length < CONNECTIONS) {
      await endOthers(sql)
      const attempts = Array.from({ length: CONNECTIONS - taken.length }, () => connection(database.url))
      taken.push(...(await Promise.all(attempts)).filter((one) => one !== null))
    }
    await sleep(pause)
  } finally {
    await sql.unsafe(`set global max_connections = ${before}`)
    await Promise.all(taken.map((one) => one.close()))
  }
}

/** Ends the connections to the database `chatapp`: those taken name none. */
async function endOthers(sql: Bun.SQL): Promise<void> {
  const others: { id: number }[] = await sql.unsafe(
    'select id from information_schema.processlist where db is not null and id <> connection_id()',
  )
  for (const { id } of others) await sql.unsafe(`kill ${id}`).catch(() => {}) // It may be gone by now.
}

/** Null when there was none to be had. */
async function connection(url: string): Promise<Bun.SQL | null> {
  const sql = new Bun.SQL(url, { max: 1, connectionTimeout: 1 })
  return sql`select 1`.then(
    () => sql,
    () => null,
  )
}
