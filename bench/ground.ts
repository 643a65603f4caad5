import { rmSync } from 'node:fs'
import { startRedis, testServers } from '../scripts/servers.ts'
import { startSession } from '../src/accounts/sessions/session.ts'
import { UserEntity } from '../src/accounts/users/entity.ts'
import { readConfig } from '../src/process/config.ts'
import { type Deps, openDeps } from '../src/process/deps.ts'
import { openLog } from '../src/process/log.ts'
import { type Backend, dropDatabase, type Env, newFolder } from '../test/support/chat.ts'
import { addCrowd } from '../test/support/crowd.ts'
import { run } from '../test/support/process.ts'
import type { Caller } from './client.ts'

/** MariaDB and Redis for all that is measured, as somebody would run them whose messages matter. */
export async function openServers(): Promise<{ stop(): Promise<void> }> {
  const own = !process.env.TEST_DATABASE_URL
  const servers = await testServers()
  if (own) {
    await using sql = new Bun.SQL(servers.databaseUrl, { max: 1 })
    // The tests' own server spares itself the disk at each commit, and most of the memory.
    await sql.unsafe('set global innodb_flush_log_at_trx_commit = 1')
    await sql.unsafe(`set global innodb_buffer_pool_size = ${1024 ** 3}`)
  }
  process.env.TEST_DATABASE_URL = servers.databaseUrl
  process.env.TEST_REDIS_URL = servers.redisUrl
  return servers
}

/** The settings of a server on an empty folder and, where the backend has them, a database and a Redis of its own. */
export async function newGround(backend: Backend): Promise<{ env: Env; remove(): Promise<void> }> {
  const settings = backend.settings()
  const DATA_DIR = newFolder()
  const forget = () => rmSync(DATA_DIR, { recursive: true, force: true })
  process.once('exit', forget)
  // Those who share a Redis hear each other.
  const redis = settings.REDIS_URL ? await startRedis() : null
  return {
    env: {
      ...settings,
      ...(redis && { REDIS_URL: redis.url }),
      ...{ DATA_DIR, PORT: '0', LOG_LEVEL: 'error', RATE_LIMITS: 'off', JWT_SECRET: 'bench'.repeat(8) },
      // Bun keeps what it has compiled under HOME, as for whoever starts it.
      HOME: process.env.HOME ?? '',
    },
    async remove() {
      process.off('exit', forget)
      forget()
      await redis?.stop()
      if (settings.DATABASE_URL) await dropDatabase(settings.DATABASE_URL)
    },
  }
}

/** A new ground whose tables are made and filled. */
export async function filledGround<Filled>(backend: Backend, fill: (deps: Deps) => Promise<Filled>) {
  const ground = await newGround(backend)
  const config = readConfig(ground.env)
  const deps = await openDeps(config, await openLog(config))
  try {
    const filled = await fill(deps)
    // MySQL does so by itself, a little later; SQLite never does.
    if (config.databaseUrl) await deps.orm.em.fork().execute('analyze table user, name_word, message')
    return { ...ground, filled }
  } finally {
    await deps.close()
  }
}

/** Accounts of these names, each signed in. */
export async function addCallers(deps: Deps, usernames: string[]): Promise<(Caller & { id: number })[]> {
  await addCrowd(
    deps,
    usernames.map((username) => ({ username })),
  )
  const users = await deps.orm.em.fork().find(UserEntity, { username: { $in: usernames } })
  const byName = new Map(users.map((user) => [user.username, user]))
  const callers = []
  for (const username of usernames) {
    const user = byName.get(username)!
    const { token } = await startSession(deps, user, { userAgent: 'bench', address: '127.0.0.1' })
    callers.push({ id: user.id, username, token })
  }
  return callers
}

const PROGRAMS = { app: 'main.ts', baseline: '../bench/baseline.ts' } as const
export type Program = keyof typeof PROGRAMS

/** Starts the app, or the baseline, in a process of its own. */
export async function serve(server: Program, env: Env) {
  const process = run(PROGRAMS[server], env)
  const origin = (await process.line('ChatApp: ')).replace('ChatApp: ', '')
  return { origin, stop: async () => void (await process.stop()) }
}
