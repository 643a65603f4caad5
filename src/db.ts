import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'
import { DeadlockException, LockWaitTimeoutException, MikroORM } from '@mikro-orm/core'
import { Migrator } from '@mikro-orm/migrations'
import {
  type AbstractSqlDriver,
  type InferClassEntityDB,
  NodeSqliteDialect,
  SqliteDriver,
} from '@mikro-orm/sql'
import { NameWord, Session, User } from './accounts/entity.ts'
import type { Config } from './config.ts'
import { Conversation, Member } from './conversations/entity.ts'
import { Unavailable } from './errors.ts'
import { Message } from './messages/entity.ts'

type DbConfig = Pick<Config, 'databaseUrl' | 'dataDir'>

export type Orm = Awaited<ReturnType<typeof openOrm>>

/** The tables as hot reads see them, through `em.getKysely<Tables>()`: rows without the cost of entities. */
export type Tables = InferClassEntityDB<
  typeof User | typeof NameWord | typeof Session | typeof Conversation | typeof Member | typeof Message
>

/** A time as a hot read gets it (MySQL: text in UTC; SQLite: milliseconds since 1970), as ISO 8601. */
export function instant(stored: unknown): string {
  return typeof stored === 'number' ? new Date(stored).toISOString() : `${String(stored).replace(' ', 'T')}Z`
}

/** The way back: milliseconds since 1970 as a hot read compares with them. */
export function storedInstant(orm: Orm, at: number) {
  return orm.em.getPlatform().processDateProperty(new Date(at)) as never
}

const shared = {
  entities: [User, NameWord, Session, Conversation, Member, Message],
  extensions: [Migrator],
  forceUtcTimezone: true,
  // A read after one's own write must see it.
  preferReadReplicas: false,
}

/** MikroORM's options for the database that the settings name: MySQL, or SQLite in the data folder. */
export async function ormOptions({ databaseUrl, dataDir }: DbConfig) {
  return databaseUrl ? mysqlOptions(databaseUrl) : sqliteOptions(join(dataDir, 'chatapp.sqlite'))
}

async function mysqlOptions(clientUrl: string) {
  // Loaded when used: its driver would double the time of an embedded start.
  const { defineConfig, MySqlDriver } = await import('@mikro-orm/mysql')
  return defineConfig({
    ...shared,
    driver: MySqlDriver,
    clientUrl,
    charset: 'utf8mb4',
    // Text compares and sorts by code point, as in SQLite; what should ignore case is folded before it is stored.
    collate: 'utf8mb4_bin',
    pool: { min: 0, max: 16 },
    migrations: migrations('mysql'),
  })
}

function sqliteOptions(dbName: string) {
  return {
    ...shared,
    driver: SqliteDriver,
    dbName,
    driverOptions: new NodeSqliteDialect(dbName),
    migrations: migrations('sqlite'),
  }
}

function migrations(dialect: 'mysql' | 'sqlite') {
  return {
    path: join(import.meta.dirname, '..', 'migrations', dialect),
    snapshotName: 'snapshot',
    snapshotOnMigrate: false,
    silent: true,
    // MySQL commits each change of a table by itself: a transaction around them would promise too much.
    transactional: dialect === 'sqlite',
  }
}

/** Opens the database. It need not hold any table yet; the server must answer. */
export async function openOrm(config: DbConfig) {
  const orm = await MikroORM.init<AbstractSqlDriver>(await ormOptions(config))
  if (!config.databaseUrl) {
    const connection = orm.em.getConnection()
    for (const pragma of ['journal_mode = wal', 'synchronous = full', 'busy_timeout = 5000']) {
      await connection.execute(`pragma ${pragma}`)
    }
  }
  return orm
}

/** How often one transaction is tried. */
const TRIES = 8

/**
 * Runs `work` in a transaction: again from the start, after a back-off, when it lost a deadlock or waited too long for a
 * lock, so it must change nothing but the database.
 * @throws Unavailable when it lost every time
 */
export async function transaction<T>({ orm }: { orm: Orm }, work: (em: Orm['em']) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await orm.em.fork().transactional((em) => work(em))
    } catch (error) {
      if (!(error instanceof DeadlockException || error instanceof LockWaitTimeoutException)) throw error
      if (tries === TRIES) throw new Unavailable('The database is busy.')
      await setTimeout(Math.random() * 5 * 2 ** tries)
    }
  }
}

/** Brings the tables up to date. Processes that start together wait for each other. */
export async function migrate(orm: Orm, config: DbConfig): Promise<string[]> {
  const unlock = config.databaseUrl ? await lockMysql(orm) : lockFile(config.dataDir)
  try {
    return (await orm.migrator.up()).map((migration) => migration.name)
  } finally {
    await unlock()
  }
}

/** A lock of the server's: it belongs to one connection, and is gone with it when this process dies. */
async function lockMysql(orm: Orm): Promise<() => Promise<void>> {
  await orm.schema.ensureDatabase()
  const em = orm.em.fork()
  await em.begin()
  const [row] = await em.execute<[{ held: number }]>(
    "select get_lock(concat(database(), '.migrate'), 60) as held",
  )
  if (Number(row?.held) !== 1)
    throw new Error('another process has been migrating this database for a minute')
  return async () => {
    await em.execute("select release_lock(concat(database(), '.migrate'))")
    await em.rollback()
  }
}

/** A lock on a file beside the database; the system frees it when this process dies. */
function lockFile(dataDir: string): () => void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const lock = new DatabaseSync(join(dataDir, 'migrate.lock'))
  lock.exec('pragma busy_timeout = 60000; begin exclusive')
  return () => lock.close()
}
