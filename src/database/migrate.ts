import { StartError } from '../http/errors.ts'
import { acquireLock } from './advisory-lock.ts'
import { type Pool, withoutQueryLimit } from './mysql.ts'
import { type DbConfig, isSqlite, type Orm, retryWhileLocked } from './orm.ts'

/**
 * Brings the tables up to date. Processes that start together wait for each other.
 * @returns the names of the migrations that were applied
 * @throws StartError
 */
export async function migrate(orm: Orm, config: DbConfig): Promise<string[]> {
  const taken = Promise.withResolvers<never>()
  const onTaken = () => {
    taken.reject(
      new StartError('The migration lost its lock, and another process is migrating the database.'),
    )
  }
  const lock = { name: 'migrate', seconds: 60, watch: { onTaken }, leaseMs: MIGRATION_LEASE_MS }
  const unlock = await acquireLock(orm, config, lock)
  if (!unlock) throw new StartError('Another process has been migrating the database for a minute.')
  try {
    return await Promise.race([taken.promise, apply(orm, config)])
  } finally {
    await unlock()
  }
}

/** Longer than other leases: on Galera, a schema change delays every write, and so the renewal. */
const MIGRATION_LEASE_MS = 30_000

async function apply(orm: Orm, config: DbConfig): Promise<string[]> {
  const pending = new Set(orm.config.get('migrations').migrationsList!.map(({ name }) => name))
  for (const { name } of await orm.migrator.getExecuted()) {
    // An older version would misread the tables of a later one.
    if (!pending.delete(name)) throw new StartError(LATER_VERSION)
  }
  if (pending.size === 0) return []
  const applied = await (config.databaseUrl ? migrateMysql(orm) : migrateSqlite(orm))
  return applied.map((migration) => migration.name)
}

const LATER_VERSION =
  'The database was written by a later version of ChatApp. Start that version, or restore a backup.'

async function migrateMysql(orm: Orm) {
  const pool = (await orm.em.getConnection().getNativeClient()) as Pool
  return withoutQueryLimit(pool, () => orm.migrator.up())
}

/** SQLite changes a table by copying it and dropping the original. With foreign keys on, rows that refer to it would prevent that. */
async function migrateSqlite(orm: Orm) {
  const connection = orm.em.getConnection()
  await connection.execute('pragma foreign_keys = off')
  try {
    const applied = await retryWhileLocked(orm, () => orm.migrator.up())
    const orphans = await connection.execute('pragma foreign_key_check')
    if (orphans.length > 0) {
      throw new StartError(`A migration left ${orphans.length} rows that refer to missing rows.`)
    }
    return applied
  } finally {
    await connection.execute('pragma foreign_keys = on')
  }
}

/** Whether the database itself keeps the audit log from being changed. A MySQL server may not allow the triggers for that. */
export async function protectsAuditLog(orm: Orm): Promise<boolean> {
  if (isSqlite(orm)) return true
  const [row] = await orm.em.fork().execute<{ n: unknown }[]>(
    `select count(*) as n from information_schema.triggers
       where trigger_schema = database() and trigger_name in ('audit_no_update', 'audit_no_delete')`,
  )
  return Number(row?.n) === 2
}
