import { rmSync } from 'node:fs'
import { startRedis, testServers } from '../scripts/servers.ts'
import { startSession } from '../src/accounts/sessions/session.ts'
import { UserEntity } from '../src/accounts/users/entity.ts'
import { readConfig } from '../src/process/config.ts'
import { type Deps, openDeps } from '../src/process/deps.ts'
import { openLog } from '../src/process/log.ts'
import { type Backend, dropDatabase, type Env, newFolder } from '../test/support/chat.ts'
import { addCrowd } from '../test/support/crowd.ts'
import { run, serverFile } from '../test/support/process.ts'
import type { Caller } from './client.ts'

/** Starts MariaDB and Redis for all measurements, with durable commits. */
export async function openServers(): Promise<{ stop(): Promise<void> }> {
  const own = !process.env.TEST_DATABASE_URL
  const servers = await testServers()
  if (own) {
    await using sql = new Bun.SQL(servers.databaseUrl, { max: 1 })
    // The server of the tests skips the disk on commit and uses little memory.
    await sql.unsafe('set global innodb_flush_log_at_trx_commit = 1')
    await sql.unsafe(`set global innodb_buffer_pool_size = ${1024 ** 3}`)
  }
  process.env.TEST_DATABASE_URL = servers.databaseUrl
  process.env.TEST_REDIS_URL = servers.redisUrl
  return servers
}

/** Returns the settings of a server with an empty data folder and, if the backend needs them, its own database and Redis. */
export async function newEnvironment(backend: Backend): Promise<{ env: Env; remove(): Promise<void> }> {
  const settings = backend.settings()
  const DATA_DIR = newFolder()
  const removeFolder = () => rmSync(DATA_DIR, { recursive: true, force: true })
  process.once('exit', removeFolder)
  // Servers that share a Redis receive each other's messages.
  const redis = settings.REDIS_URL ? await startRedis() : null
  return {
    env: {
      ...settings,
      ...(redis && { REDIS_URL: redis.url }),
      ...{ DATA_DIR, PORT: '0', LOG_LEVEL: 'error', RATE_LIMITS: 'off', TEXT_QUOTA: 'off' },
      JWT_SECRET: crypto.randomUUID(),
      // Bun caches compiled code under HOME.
      HOME: process.env.HOME ?? '',
    },
    async remove() {
      process.off('exit', removeFolder)
      removeFolder()
      await redis?.stop()
      if (settings.DATABASE_URL) await dropDatabase(settings.DATABASE_URL)
    },
  }
}

/** Returns a new environment with migrated and filled tables. */
export async function filledEnvironment<Filled>(backend: Backend, fill: (deps: Deps) => Promise<Filled>) {
  const environment = await newEnvironment(backend)
  const config = readConfig(environment.env)
  const deps = await openDeps(config, await openLog(config))
  try {
    const filled = await fill(deps)
    // MySQL would update its statistics later; SQLite has none.
    if (config.databaseUrl) await deps.orm.em.fork().execute('analyze table user, name_word, message')
    return { ...environment, filled }
  } finally {
    await deps.close()
  }
}

/** Creates accounts with these usernames and signs them in. */
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

const PROGRAMS = { app: serverFile, baseline: 'bench/baseline.ts' } as const
export type Program = keyof typeof PROGRAMS

/** Starts the app or the baseline in its own process. */
export async function serve(server: Program, env: Env) {
  const process = run(PROGRAMS[server], env)
  const origin = (await process.line('ChatApp: ')).replace('ChatApp: ', '')
  return { origin, stop: async () => void (await process.stop()) }
}
