import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type App, createApp } from '../../src/app.ts'
import type { DatabaseTimeouts } from '../../src/database/mysql.ts'
import type { JobRunner } from '../../src/jobs/runner.ts'
import { startJobs } from '../../src/jobs/start.ts'
import { readConfig } from '../../src/process/config.ts'
import { type Deps, openDeps } from '../../src/process/deps.ts'
import { openLog } from '../../src/process/log.ts'
import { newPerson, type Person, type Served } from './person.ts'

export type Env = Record<string, string>

/** A combination of database and bus. Every contract suite runs on each. */
export type Backend = {
  name: string
  /** Returns its settings. Each call names a new database, which need not exist yet. */
  settings(): Env
}

export const sqlite: Backend = { name: 'SQLite and memory', settings: () => ({}) }
export const mysql: Backend = {
  name: 'MySQL and Redis',
  settings: () => ({ DATABASE_URL: newDatabaseUrl(), REDIS_URL: serverUrl('TEST_REDIS_URL') }),
}
/** For `describe.each`. `bun run test quick` runs the suites on SQLite only. */
export const backends = process.env.TEST_BACKENDS === 'sqlite' ? [sqlite] : [sqlite, mysql]

/** ChatApp in this process with its own database. */
export type Chat = {
  deps: Deps
  app: App
  jobs: JobRunner
  /** Its settings, to start another process on the same database. */
  env: Env
  /** Log lines as JSON. */
  logged: string[]
  /** Advances the server's clock. */
  advance(seconds: number): void
  signUp(username: string, more?: { displayName?: string; email?: string }): Promise<Person>
  /** Returns a new client with its own address that is not signed in. */
  stranger(): Person
  close(): Promise<void>
}

/**
 * Opens ChatApp. `close` drops the database and removes the folder, unless they were given.
 * @param env additional settings
 * @param using replaces dependencies
 * @param databaseTimeouts overrides the defaults
 */
export async function openChat(
  backend: Backend,
  {
    env: more = {},
    using = (deps) => deps,
    ...options
  }: { env?: Env; using?: (deps: Deps) => Deps; databaseTimeouts?: DatabaseTimeouts } = {},
): Promise<Chat> {
  const env = { DATA_DIR: more.DATA_DIR ?? newFolder(), ...backend.settings(), ...more }
  const logged: string[] = []
  const log = await openLog({ logLevel: 'trace' }, { write: (line) => void logged.push(line) })
  const opened = await openDeps(readConfig(env), log, options)
  // No test of this process simulates a power failure, and waiting for the disk takes longer than most queries.
  if (!opened.config.databaseUrl) await opened.orm.em.getConnection().execute('pragma synchronous = off')
  let ahead = 0
  const deps = using({ ...opened, now: () => new Date(Date.now() + ahead) })
  const app = createApp(deps)
  // A test may replace the database of requests; jobs keep the real one.
  const jobs = startJobs({ ...deps, orm: opened.orm })
  const served: Served = {
    origin: 'http://localhost',
    fetch: (request, address) => app.fetch(request, { address }),
  }
  return {
    deps,
    app,
    jobs,
    env,
    logged,
    advance(seconds) {
      ahead += seconds * 1000
    },
    signUp: (username, more) => newPerson(served).signUp(username, more),
    stranger: () => newPerson(served),
    async close() {
      app.hub.close()
      await jobs.close()
      const { databaseUrl, dataDir } = deps.config
      if (databaseUrl && !more.DATABASE_URL) await dropDatabase(databaseUrl)
      await deps.close()
      if (!more.DATA_DIR) rmSync(dataDir, { recursive: true })
    },
  }
}

/** Creates an empty temporary folder. */
export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'chatapp-test-'))
}

/** Returns the URL of a new database, which is created when it is opened and migrated. */
function newDatabaseUrl(): string {
  const url = new URL(serverUrl('TEST_DATABASE_URL'))
  url.pathname = `/chatapp_${crypto.randomUUID().replaceAll('-', '')}`
  return url.href
}

/** Drops the database of the URL. */
export async function dropDatabase(databaseUrl: string): Promise<void> {
  const url = new URL(databaseUrl)
  const name = url.pathname.slice(1)
  url.pathname = ''
  await using server = new Bun.SQL(url, { max: 1 })
  await server.unsafe(`drop database if exists \`${name}\``)
}

function serverUrl(variable: 'TEST_DATABASE_URL' | 'TEST_REDIS_URL'): string {
  const url = process.env[variable]
  if (!url) throw new Error(`${variable} is not set. The tests need MySQL and Redis.`)
  return url
}
