import { StartError } from '../http/errors.ts'
import { acquireLock } from './advisory-lock.ts'
import { DATABASE_TIMEOUTS, type DatabaseTimeouts, limitPoolWaits, type Pool } from './mysql.ts'
import type { DbConfig, Orm } from './orm.ts'

/**
 * Brings the tables up to date. Processes that start together wait for each other.
 * @throws StartError
 */
export async function migrate(orm: Orm, config: DbConfig): Promise<string[]> {
  await ensureDatabase(orm)
  const unlock = await acquireLock(orm, config, { name: 'migrate', seconds: 60 })
  if (!unlock) throw new StartError('Another process has been migrating the database for a minute.')
  try {
    const applied = await (config.databaseUrl
      ? migrateMysql(orm, config.databaseTimeouts ?? DATABASE_TIMEOUTS)
      : migrateSqlite(orm))
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

async function migrateMysql(orm: Orm, timeouts: DatabaseTimeouts) {
  const applied = await orm.migrator.up()
  limitPoolWaits((await orm.em.getConnection().getNativeClient()) as Pool, timeouts)
  return applied
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
