/** Error numbers of MySQL, MariaDB, Galera, Group Replication and TiDB. mysql2 has no names for some of them. */
type NumberedError = { errno?: unknown }

const numberOf = (error: unknown) => Number((error as NumberedError | null)?.errno)

/** Errors of a server that takes no writes: a demoted primary, or a node without quorum. Another server may take them. */
const NOT_PRIMARY: ReadonlySet<number> = new Set([
  1047, // Galera: WSREP has not yet prepared node for application use
  1290, // MySQL, MariaDB: running with --read-only; Group Replication: --super-read-only
  1792, // cannot execute statement in a read-only transaction
  1836, // running in read-only mode
  3100, // Group Replication: error in the hook before the commit
])

/** Errors after which a connection is of no more use. */
const CLOSED: ReadonlySet<number> = new Set([
  1053, // server shutdown in progress
  1152, // aborted connection
  1158, // to 1161: network errors of the server
  1159,
  1160,
  1161,
  1927, // MariaDB: connection was killed
  3169, // MySQL: session was killed
  4031, // MySQL 8: closed after the idle time-out
])

/** Errors of an overloaded or starting server. */
const BUSY: ReadonlySet<number> = new Set([
  1040, // too many connections
  1203, // more than max_user_connections
  1226, // a limit of the account
  1317, // query execution was interrupted
  1969, // MariaDB: max_statement_time exceeded
  3024, // MySQL: max_execution_time exceeded
  3168, // the server is not available
  9001, // TiDB: PD server timeout
  9002, // TiDB: TiKV server timeout
  9003, // TiDB: TiKV server is busy
  9005, // TiDB: region is unavailable
])

/** Errors after which the transaction is undone, by the server or here, and may succeed when it starts again. */
const UNDONE: ReadonlySet<number> = new Set([
  1205, // waited too long for a lock; on Galera also for the transactions of other nodes
  1213, // deadlock; Galera: conflict with a transaction of another node
  3101, // Group Replication: conflict with a transaction of another member
  8002, // TiDB: write conflict in `select for update`
  8022, // TiDB: the commit failed and was rolled back
  8028, // TiDB: the schema changed meanwhile
  9004, // TiDB: could not resolve a lock in time
  9007, // TiDB: write conflict
])

/** Errors of prepared statements after which the same statement works as text. */
const NOT_PREPARED: ReadonlySet<number> = new Set([
  1243, // unknown prepared statement: a proxy has changed the server
  1295, // not supported as a prepared statement
  1461, // more than max_prepared_stmt_count
  1615, // must be prepared again
])

/** Whether the connection must not be used again. */
export const isUnusable = (error: unknown) => NOT_PRIMARY.has(numberOf(error)) || CLOSED.has(numberOf(error))

/** Whether the server cannot be used now, and a retry may succeed. */
export const isServerUnavailable = (error: unknown) => isUnusable(error) || BUSY.has(numberOf(error))

/** Whether the transaction was undone because of a conflict with another one. */
export const isUndone = (error: unknown) => UNDONE.has(numberOf(error))

/** Whether the statement must be sent as text. */
export const needsPlainText = (error: unknown) => NOT_PREPARED.has(numberOf(error))
