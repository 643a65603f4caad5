import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { DeadlockException, LockWaitTimeoutException, type MetadataStorage, MikroORM } from '@mikro-orm/core'
import { type AbstractSqlDriver, SqliteDriver } from '@mikro-orm/sql'
import { StartError, Unavailable } from '../http/errors.ts'
import type { Config } from '../process/config.ts'
import { entities } from './entities.ts'
import { LeaseEntity } from './lease-entity.ts'
import { DATABASE_TIMEOUTS, type DatabaseTimeouts, type Pool, preparePool } from './mysql.ts'
import { isUndone } from './mysql-errors.ts'
import { SESSION, verifySession } from './mysql-session.ts'
import { connectionOptions, parseMysqlUrl } from './mysql-url.ts'

/** Which database to open; without `databaseTimeouts`, the usual ones apply. */
export type DbConfig = Pick<Config, 'databaseUrl' | 'dataDir'> & { databaseTimeouts?: DatabaseTimeouts }

export type Orm = Awaited<ReturnType<typeof openOrm>>

const shared = {
  entities,
  forceUtcTimezone: true,
  // A read must see the writes before it.
  preferReadReplicas: false,
  discovery: { afterDiscovered: removeCascades },
}

/**
 * Without a rule, the deletion of a row fails while others refer to it. MikroORM adds cascades to nullable references and to
 * primary keys, but not every engine has them (decision 61).
 */
function removeCascades(storage: MetadataStorage): void {
  for (const { relations } of storage.getAll().values()) {
    for (const relation of relations) {
      delete relation.deleteRule
      delete relation.updateRule
    }
  }
}

/** MikroORM's options for MySQL, or for SQLite in the data folder without `databaseUrl`. */
export async function ormOptions({ databaseUrl, dataDir, databaseTimeouts = DATABASE_TIMEOUTS }: DbConfig) {
  return databaseUrl ? mysqlOptions(databaseUrl, databaseTimeouts) : sqliteOptions(sqliteFile(dataDir))
}

function sqliteFile(dataDir: string): string {
  return join(dataDir, 'chatapp.sqlite')
}

async function mysqlOptions(url: string, timeouts: DatabaseTimeouts) {
  const address = parseMysqlUrl(url)
  const { host, port, user, password, dbName } = address
  // Loaded on demand: its driver would double the startup time of an embedded database.
  const [{ defineConfig }, { BindingMySqlDriver }] = await Promise.all([
    import('@mikro-orm/mysql'),
    import('./mysql-driver.ts'),
  ])
  return defineConfig({
    ...shared,
    driver: BindingMySqlDriver,
    ...{ host, port, user, password, dbName },
    ...(await migrations('mysql')),
    charset: 'utf8mb4',
    // Text compares and sorts by code point, as in SQLite. Text that should ignore case is folded before it is stored.
    collate: 'utf8mb4_bin',
    pool: { min: 0, max: 16 },
    // A caller waits for a connection only for a short time, and not at all when the queue is full. Idle connections are
    // closed before the server closes them: a caller that takes one at that moment would fail.
    driverOptions: {
      ...(await connectionOptions(address)),
      queueLimit: 1000,
      connectTimeout: timeouts.request,
      maxIdle: 15,
      idleTimeout: 5000,
      // Of each connection. The server has a limit for all.
      maxPreparedStatements: 200,
    },
  })
}

async function sqliteOptions(dbName: string) {
  // Loaded on demand: not every runtime has `node:sqlite`.
  const { sqliteDialect } = await import('./sqlite.ts')
  return {
    ...shared,
    ...(await migrations('sqlite')),
    driver: SqliteDriver,
    dbName,
    driverOptions: sqliteDialect(dbName),
  }
}

async function migrations(dialect: 'mysql' | 'sqlite') {
  const [{ Migrator }, { series }] = await Promise.all([
    import('@mikro-orm/migrations'),
    import('../../migrations/series.ts'),
  ])
  return {
    extensions: [Migrator],
    migrations: {
      migrationsList: series,
      // Where `migration:create` finds the snapshot and writes new ones.
      path: `${import.meta.dirname}/../../migrations`,
      snapshotName: `snapshot-${dialect}`,
      snapshotOnMigrate: false,
      silent: true,
      // MySQL commits each schema change separately: a transaction around several would roll nothing back.
      transactional: dialect === 'sqlite',
    },
  }
}

/**
 * Opens the database, and creates it when it does not exist. It has no tables until it is migrated. All time limits are set
 * here.
 */
export async function openOrm(config: DbConfig) {
  if (!config.databaseUrl) {
    const { createPrivateFile } = await import('./sqlite.ts')
    createPrivateFile(sqliteFile(config.dataDir))
  }
  // Unlike `MikroORM.init`, this looks for no extensions and files, which slows down the start.
  const orm = new MikroORM<AbstractSqlDriver>(await ormOptions(config))
  try {
    await (config.databaseUrl ? prepareMysql(orm, config.databaseTimeouts) : prepareSqlite(orm))
  } catch (error) {
    await orm.close(true)
    throw config.databaseUrl ? withTlsHint(error, config.databaseUrl) : error
  }
  return orm
}

/** An account that requires TLS is refused without it as if its password were wrong. */
function withTlsHint(error: unknown, databaseUrl: string): unknown {
  const { errno, message } = error as Error & { errno?: number }
  const isRefused = errno === 1045 || errno === 3159
  if (!isRefused || parseMysqlUrl(databaseUrl).tls) return error
  return new StartError(
    `${message.split('\n')[0]}. If the server requires TLS, add ?ssl-mode=verify-identity to DATABASE_URL.`,
  )
}

async function prepareMysql(orm: MikroORM<AbstractSqlDriver>, timeouts = DATABASE_TIMEOUTS): Promise<void> {
  const name = orm.config.get('dbName')
  await orm.schema.ensureDatabase().catch(async () => {
    // Another process created it meanwhile. MikroORM is now connected to the server's own database.
    orm.config.set('dbName', name)
    await orm.driver.reconnect()
    await orm.schema.ensureDatabase({ forceCheck: true })
  })
  const { toParameter } = await import('./mysql-driver.ts')
  const pool = (await orm.em.getConnection().getNativeClient()) as Pool
  preparePool(pool, { timeouts, session: SESSION, toParameter })
  await verifySession(orm)
}

async function prepareSqlite(orm: MikroORM<AbstractSqlDriver>): Promise<void> {
  const connection = orm.em.getConnection()
  // Milliseconds. SQLite blocks the whole process while it waits, so the limit is short, and transactions are retried.
  // Deleted content is overwritten with zeros.
  const pragmas = ['busy_timeout = 200', 'journal_mode = wal', 'synchronous = full', 'secure_delete = on']
  for (const pragma of pragmas) {
    await retryWhileLocked(orm, () => connection.execute(`pragma ${pragma}`))
  }
}

/** Milliseconds to retry at startup while other processes lock the SQLite file. */
const LOCKED_FILE_MS = 10_000

/** Repeats `work`, which must change nothing when it fails, until no other process locks the tables, for ten seconds. */
export async function retryWhileLocked<T>(
  orm: MikroORM<AbstractSqlDriver>,
  work: () => Promise<T>,
): Promise<T> {
  const deadline = performance.now() + LOCKED_FILE_MS
  for (;;) {
    try {
      return await work()
    } catch (error) {
      const isLocked = isLockConflict(orm.em.getDriver().convertException(error as Error))
      if (!isLocked || performance.now() > deadline) throw error
      await sleep(50)
    }
  }
}

/**
 * Writes a row and undoes that, as a server may answer reads although it takes no writes: a demoted primary, or a node of a
 * cluster without quorum.
 * @throws the error that a send would get
 */
export async function checkWritable(orm: Orm): Promise<void> {
  const em = orm.em.fork()
  await em.begin()
  try {
    await em.insert(LeaseEntity, { name: randomUUID(), owner: 'readiness', expiresAt: new Date() })
  } catch (error) {
    // Another process is writing.
    if (!isLockConflict(error)) throw error
  } finally {
    await em.rollback().catch(() => {})
  }
}

/** Whether it is the embedded database. */
export function isSqlite(orm: Orm): boolean {
  return orm.em.getDriver() instanceof SqliteDriver
}

/** Attempts of a transaction. */
const MAX_ATTEMPTS = 8

/** Whether a transaction lost a conflict with another one, or waited too long for a lock. A retry may succeed. */
export function isLockConflict(error: unknown): boolean {
  return error instanceof DeadlockException || error instanceof LockWaitTimeoutException || isUndone(error)
}

/**
 * Runs `work` in a transaction. After a deadlock or a long wait for a lock it backs off and starts again, so `work` must
 * change nothing but the database.
 * @throws Unavailable when every attempt failed
 */
export async function transaction<T>({ orm }: { orm: Orm }, work: (em: Orm['em']) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await orm.em.fork().transactional((em) => work(em))
    } catch (error) {
      // Kysely does not convert the errors of the driver.
      if (!isLockConflict(orm.em.getDriver().convertException(error as Error))) throw error
      if (tries === MAX_ATTEMPTS) throw new Unavailable('The database is busy.')
      await sleep(Math.random() * 5 * 2 ** tries)
    }
  }
}
