import { isUnusable, needsPlainText } from './mysql-errors.ts'

/** Time limits for a busy or unavailable database, in milliseconds. */
export type DatabaseTimeouts = {
  /** A request that waits longer fails with 503. */
  request: number
  /** A connection is closed when a statement takes longer. */
  query: number
}

export const DATABASE_TIMEOUTS: DatabaseTimeouts = { request: 3000, query: 12_000 }

type Callback = (error: Error | null, rows?: unknown) => void
type Run = (sql: string, values: unknown, callback: Callback) => unknown

/** The part of mysql2 that is used here. */
type Connection = {
  stream: { destroy(error: Error): void }
  query: Run
  execute: Run
  destroy(): void
  release(): void
}
export type Pool = {
  getConnection(callback: (error: Error | null, connection?: Connection) => void): void
}

/** Pools without a time limit for statements. */
const unlimited = new WeakSet<Pool>()

type PoolOptions = {
  timeouts: DatabaseTimeouts
  /** Statements that a new connection runs first. */
  session: readonly string[]
  /** Converts a value for a prepared statement. */
  toParameter(value: unknown): unknown
}

/**
 * Prepares each new connection of the pool, and limits the time to wait for a free connection and for the result of a
 * statement. mysql2 would wait forever.
 */
export function preparePool(pool: Pool, options: PoolOptions): void {
  const ready = new WeakSet<Connection>()
  const getConnection = pool.getConnection.bind(pool)
  pool.getConnection = (callback) => {
    let isLate = false
    const overdue = setTimeout(() => {
      isLate = true
      callback(timeout('no connection is free'))
    }, options.timeouts.request)
    const deliver = (error: Error | null, connection?: Connection) => {
      clearTimeout(overdue)
      if (isLate) return connection?.release()
      callback(error, connection)
    }
    getConnection((error, connection) => {
      if (!connection || ready.has(connection)) return deliver(error, connection)
      changeQuery(connection, pool, options)
      startSession(connection, options.session, (error) => {
        if (error) {
          connection.destroy()
          return deliver(error)
        }
        ready.add(connection)
        deliver(null, connection)
      })
    })
  }
}

/** Runs `work` without the time limit of statements: a migration of a large table takes minutes. */
export async function withoutQueryLimit<T>(pool: Pool, work: () => Promise<T>): Promise<T> {
  unlimited.add(pool)
  try {
    return await work()
  } finally {
    unlimited.delete(pool)
  }
}

/** Unknown system variable. */
const ER_UNKNOWN_SYSTEM_VARIABLE = 1193

/** Runs the statements one after the other. Those about variables that the server does not have do nothing. */
function startSession(connection: Connection, [first, ...rest]: readonly string[], done: Callback): void {
  if (first === undefined) done(null)
  else
    connection.query(first, [], (error) => {
      const { errno } = (error ?? {}) as { errno?: number }
      if (error && errno !== ER_UNKNOWN_SYSTEM_VARIABLE) done(error)
      else startSession(connection, rest, done)
    })
}

/**
 * Sends the values of statements apart from their text, by prepared statements, and closes a connection
 * - whose result is overdue: a late result would be taken for that of the next statement;
 * - to a server that takes no writes: the next connection may reach the one that does.
 */
function changeQuery(connection: Connection, pool: Pool, { timeouts, toParameter }: PoolOptions): void {
  const query = connection.query.bind(connection)
  const execute = connection.execute.bind(connection)
  connection.query = (sql, values, callback) => {
    const stopWaiting = unlimited.has(pool) ? () => {} : limit()
    const finish: Callback = (error, rows) => {
      stopWaiting()
      // Kysely would never release a connection on which a transaction did not begin.
      if (isUnusable(error) || (error && sql === 'begin')) connection.destroy()
      callback(error, rows)
    }
    if (!Array.isArray(values) || values.length === 0) return query(sql, [], finish)
    execute(sql, values.map(toParameter), (error, rows) =>
      needsPlainText(error) ? query(sql, values, finish) : finish(error, rows),
    )
  }

  function limit(): () => void {
    const overdue = setTimeout(
      () => connection.stream.destroy(timeout('the database did not respond in time')),
      timeouts.query,
    )
    return () => clearTimeout(overdue)
  }
}

function timeout(reason: string): Error {
  return Object.assign(new Error(reason), { code: 'ETIMEDOUT' })
}
