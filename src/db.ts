import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { DeadlockException, LockWaitTimeoutException, MikroORM } from '@mikro-orm/core'
import { Migrator } from '@mikro-orm/migrations'
import { type AbstractSqlDriver, type InferClassEntityDB, SqliteDriver } from '@mikro-orm/sql'
import { CompiledQuery, type DatabaseConnection } from 'kysely'
import { AccountLink, Avatar, Challenge, NameWord, RetiredName, Session, User } from './accounts/entity.ts'
import { Passkey } from './accounts/passkeys/entity.ts'
import { RecoveryCode, Totp } from './accounts/second-step/entity.ts'
import { Audit } from './admin/entity.ts'
import type { Config } from './config.ts'
import { Conversation, Member } from './conversations/entity.ts'
import { StartError, Unavailable } from './errors.ts'
import { Message } from './messages/entity.ts'
import { Block, Report } from './safety/entity.ts'
import { sqliteDialect } from './sqlite.ts'

type DbConfig = Pick<Config, 'databaseUrl' | 'dataDir'>

export type Orm = Awaited<ReturnType<typeof openOrm>>

/** The tables as hot reads see them, through `em.getKysely<Tables>()`: rows without the cost of entities. */
export type Tables = InferClassEntityDB<
  | typeof User
  | typeof NameWord
  | typeof Session
  | typeof Totp
  | typeof Conversation
  | typeof Member
  | typeof Message
  | typeof Block
  | typeof Report
  | typeof Audit
>

/** A time as a hot read gets it (MySQL: text in UTC; SQLite: milliseconds since 1970), as ISO 8601. */
export function instant(stored: unknown): string {
  return typeof stored === 'number' ? new Date(stored).toISOString() : `${String(stored).replace(' ', 'T')}Z`
}

/** The way back: milliseconds since 1970 as a hot read compares with them. */
export function storedInstant(orm: Orm, at: number) {
  return orm.em.getPlatform().processDateProperty(new Date(at)) as never
}

/** Milliseconds that a request waits for a database that is busy or away, before it is answered with 503. */
export const PATIENCE = 3000

/** Milliseconds until a server that does not answer is given up: more than any statement waits on purpose. */
const LONGEST_QUERY = 12_000

const shared = {
  entities: [
    User,
    NameWord,
    Avatar,
    RetiredName,
    Session,
    AccountLink,
    Challenge,
    Passkey,
    Totp,
    RecoveryCode,
    Conversation,
    Member,
    Message,
    Block,
    Report,
    Audit,
  ],
  extensions: [Migrator],
  forceUtcTimezone: true,
  // A read after one's own write must see it.
  preferReadReplicas: false,
}

/** MikroORM's options for the database that the settings name: MySQL, or SQLite in the data folder. */
export async function ormOptions({ databaseUrl, dataDir }: DbConfig) {
  return databaseUrl ? mysqlOptions(databaseUrl) : sqliteOptions(sqliteFile(dataDir))
}

function sqliteFile(dataDir: string): string {
  return join(dataDir, 'chatapp.sqlite')
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
    // Whoever waits for one of these connections waits shortly, or is told at once.
    // One that is idle is let go before the server ends it, which somebody would meet who takes it in that moment.
    driverOptions: { queueLimit: 1000, connectTimeout: PATIENCE, maxIdle: 15, idleTimeout: 5000 },
    // Seconds; a transaction that waits for a lock for longer starts again. And one whose process was cut off while its
    // connection stays half-open holds its locks until the server ends it: after eight hours, if it was not told.
    onCreateConnection: async (connection: unknown) => {
      await (connection as DatabaseConnection).executeQuery(
        CompiledQuery.raw('set session innodb_lock_wait_timeout = 2, wait_timeout = 10'),
      )
    },
    migrations: migrations('mysql'),
  })
}

function sqliteOptions(dbName: string) {
  return {
    ...shared,
    driver: SqliteDriver,
    dbName,
    driverOptions: sqliteDialect(dbName),
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

/** Makes the file before SQLite does, so that nobody else may read it; the files beside it take its mode. */
function ownFile(path: string): string {
  closeSync(openSync(path, 'a', 0o600))
  return path
}

/** Opens the database. It need not hold any table yet; the server must answer. */
export async function openOrm(config: DbConfig) {
  if (!config.databaseUrl) ownFile(sqliteFile(config.dataDir))
  const orm = await MikroORM.init<AbstractSqlDriver>(await ormOptions(config))
  if (!config.databaseUrl) {
    const connection = orm.em.getConnection()
    for (const pragma of ['busy_timeout = 10000', 'journal_mode = wal', 'synchronous = full']) {
      await connection.execute(`pragma ${pragma}`)
    }
  }
  return orm
}

/** How often one transaction is tried. */
const TRIES = 8

/** Whether a statement lost a deadlock, or waited too long for a lock: the same may go well in a moment. */
export function isLockFault(error: unknown): boolean {
  return error instanceof DeadlockException || error instanceof LockWaitTimeoutException
}

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
      // Kysely throws what the driver threw.
      if (!isLockFault(orm.em.getDriver().convertException(error as Error))) throw error
      if (tries === TRIES) throw new Unavailable('The database is busy.')
      await sleep(Math.random() * 5 * 2 ** tries)
    }
  }
}

/**
 * Brings the tables up to date. Processes that start together wait for each other.
 * @throws StartError
 */
export async function migrate(orm: Orm, config: DbConfig): Promise<string[]> {
  await ensureDatabase(orm)
  const unlock = await lock(orm, config, { name: 'migrate', seconds: 60 })
  if (!unlock) throw new StartError('Another process has been migrating the database for a minute.')
  try {
    const applied = await (config.databaseUrl ? migrateMysql(orm) : migrateSqlite(orm))
    return applied.map((migration) => migration.name)
  } finally {
    await unlock()
  }
}

/** Of processes that start together one makes the database, and the others may find it made meanwhile. */
async function ensureDatabase(orm: Orm): Promise<void> {
  const name = orm.config.get('dbName')
  await orm.schema.ensureDatabase().catch(async () => {
    // It is left at the server's own database.
    orm.config.set('dbName', name)
    await orm.driver.reconnect()
    await orm.schema.ensureDatabase({ forceCheck: true })
  })
}

async function migrateMysql(orm: Orm) {
  const applied = await orm.migrator.up()
  limitWaiting((await orm.em.getConnection().getNativeClient()) as Pool)
  return applied
}

/** What is used of mysql2. */
type Connection = {
  stream: { destroy(error: Error): void }
  query(sql: string, values: unknown, callback: (error: Error | null, rows: unknown) => void): unknown
  release(): void
}
type Pool = { getConnection(callback: (error: Error | null, connection?: Connection) => void): void }

/** The driver would wait for ever for a connection that is free, and for an answer from a server that hangs. */
function limitWaiting(pool: Pool): void {
  const limited = new WeakSet<Connection>()
  const getConnection = pool.getConnection.bind(pool)
  pool.getConnection = (callback) => {
    let isLate = false
    const overdue = setTimeout(() => {
      isLate = true
      callback(timeout('no connection is free'))
    }, PATIENCE)
    getConnection((error, connection) => {
      clearTimeout(overdue)
      if (isLate) return connection?.release()
      if (connection && !limited.has(connection)) limited.add(limitQueries(connection))
      callback(error, connection)
    })
  }
}

/** A connection without an answer is given up: whatever came later would be taken for the answer to something else. */
function limitQueries(connection: Connection): Connection {
  const query = connection.query.bind(connection)
  connection.query = (sql, values, callback) => {
    const overdue = setTimeout(
      () => connection.stream.destroy(timeout('the database does not answer')),
      LONGEST_QUERY,
    )
    return query(sql, values, (error, rows) => {
      clearTimeout(overdue)
      callback(error, rows)
    })
  }
  return connection
}

function timeout(reason: string): Error {
  return Object.assign(new Error(reason), { code: 'ETIMEDOUT' })
}

/** SQLite changes a table by copying it, and must not take the copy's birth for the death of what refers to it. */
async function migrateSqlite(orm: Orm) {
  const connection = orm.em.getConnection()
  await connection.execute('pragma foreign_keys = off')
  const applied = await orm.migrator.up()
  await connection.execute('pragma foreign_keys = on')
  const orphans = await connection.execute('pragma foreign_key_check')
  if (orphans.length > 0)
    throw new StartError(`A migration left ${orphans.length} rows that refer to nothing.`)
  // SQLite waits with the whole process: from now on shortly, and transactions start again.
  await connection.execute('pragma busy_timeout = 200')
  return applied
}

/**
 * Claims the database for this process alone, until what it answers is called or the process ends; waits for a predecessor
 * that is on its way out.
 * @throws StartError when another process keeps it
 */
export async function claimAlone(orm: Orm, config: DbConfig): Promise<() => Promise<void>> {
  const release = await lock(orm, config, { name: 'alone', seconds: 10 })
  if (release) return release
  throw new StartError(
    'Another process uses this database. Set REDIS_URL for both: without it they cannot tell each other.',
  )
}

type Lock = { name: string; seconds: number }

/** Takes a lock that is gone with the process, however it ends; null when another holds it for longer than `seconds`. */
function lock(orm: Orm, config: DbConfig, wanted: Lock): Promise<(() => Promise<void>) | null> {
  return config.databaseUrl ? lockMysql(orm, wanted) : lockFile(config.dataDir, wanted)
}

/** The server's lock belongs to one connection, which is kept out of the pool by a transaction. */
async function lockMysql(orm: Orm, { name, seconds }: Lock) {
  const em = orm.em.fork()
  await em.begin()
  const key = `concat(database(), '.${name}')`
  const [row] = await em.execute<[{ held: number }]>(`select get_lock(${key}, ${seconds}) as held`)
  if (Number(row?.held) !== 1) {
    await em.rollback()
    return null
  }
  // The server ends connections that are idle, and the lock with them.
  const alive = setInterval(() => em.execute('select 1').catch(() => clearInterval(alive)), 3000)
  alive.unref?.()
  return async () => {
    clearInterval(alive)
    await em.execute(`select release_lock(${key})`)
    await em.rollback()
  }
}

async function lockFile(dataDir: string, { name, seconds }: Lock) {
  const file = new DatabaseSync(ownFile(join(dataDir, `${name}.lock`)))
  try {
    file.exec(`pragma busy_timeout = ${seconds * 1000}; begin exclusive`)
    return async () => file.close()
  } catch {
    file.close()
    return null
  }
}
