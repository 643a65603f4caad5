import { StartError } from '../http/errors.ts'
import type { Orm } from './orm.ts'

/**
 * What each connection sets first, so that the settings of the server do not change how the app behaves: values that are
 * refused must not be cut or replaced, text in quotes must have one meaning, and times must be in UTC.
 *
 * Times in seconds. A transaction that waits longer for a lock starts again. When a process is cut off and its connection
 * stays half-open, the server ends the transaction and frees its locks: by default only after eight hours.
 */
const VARIABLES = {
  sql_mode: `'STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'`,
  time_zone: `'+00:00'`,
  autocommit: '1',
  foreign_key_checks: '1',
  unique_checks: '1',
  sql_safe_updates: '0',
  innodb_lock_wait_timeout: '2',
  wait_timeout: '10',
}

export const SESSION: readonly string[] = [
  `set names utf8mb4 collate utf8mb4_bin, ${Object.entries(VARIABLES)
    .map(([name, value]) => `session ${name} = ${value}`)
    .join(', ')}`,
  'set session transaction isolation level repeatable read',
  // Galera: a read sees what was committed before on any node. Unknown to MySQL.
  'set session wsrep_sync_wait = 1',
]

/** Settings, and expressions that are true when they are in effect. */
const CHECKS = {
  sql_mode: `char_length('\\\\') = 1 and find_in_set('STRICT_TRANS_TABLES', @@session.sql_mode) > 0`,
  character_set: `@@character_set_client = 'utf8mb4' and @@character_set_results = 'utf8mb4'`,
  time_zone: `@@session.time_zone = '+00:00'`,
  autocommit: '@@session.autocommit = 1',
  foreign_key_checks: '@@session.foreign_key_checks = 1',
}

/**
 * Checks with the server that the session's settings are in effect: a proxy may drop them.
 * @throws StartError that names those that are not
 */
export async function verifySession(orm: Pick<Orm, 'em'>): Promise<void> {
  const columns = Object.entries(CHECKS).map(([name, check]) => `${check} as ${name}_is_set`)
  const [row] = await orm.em.fork().execute<Record<string, unknown>[]>(`select ${columns.join(', ')}`)
  const missing = Object.keys(CHECKS).filter((name) => Number(row?.[`${name}_is_set`]) !== 1)
  if (missing.length === 0) return
  throw new StartError(
    `MySQL, or a proxy in front of it, does not keep these settings of a session: ${missing.join(', ')}.`,
  )
}
