/** Time limits for a busy or unavailable database, in milliseconds. */
export type DatabaseTimeouts = {
  /** A request that waits longer fails with 503. */
  request: number
  /** A connection is closed when a statement takes longer. */
  query: number
}

export const DATABASE_TIMEOUTS: DatabaseTimeouts = { request: 3000, query: 12_000 }

/** The part of mysql2 that is used here. */
type Connection = {
  stream: { destroy(error: Error): void }
  query(sql: string, values: unknown, callback: (error: Error | null, rows: unknown) => void): unknown
  release(): void
}
export type Pool = { getConnection(callback: (error: Error | null, connection?: Connection) => void): void }

/** Pools without a time limit for statements. */
const unlimited = new WeakSet<Pool>()

/** Limits the time to wait for a free connection and for the result of a statement. mysql2 would wait forever. */
export function limitPoolWaits(pool: Pool, timeouts: DatabaseTimeouts): void {
  const limited = new WeakSet<Connection>()
  const getConnection = pool.getConnection.bind(pool)
  pool.getConnection = (callback) => {
    let isLate = false
    const overdue = setTimeout(() => {
      isLate = true
      callback(timeout('no connection is free'))
    }, timeouts.request)
    getConnection((error, connection) => {
      clearTimeout(overdue)
      if (isLate) return connection?.release()
      if (connection && !limited.has(connection)) limited.add(limitQueries(connection, { pool, timeouts }))
      callback(error, connection)
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

type QueryLimit = { pool: Pool; timeouts: DatabaseTimeouts }

/** Closes a connection whose result is overdue: a late result would be taken for that of the next statement. */
function limitQueries(connection: Connection, { pool, timeouts }: QueryLimit): Connection {
  const query = connection.query.bind(connection)
  connection.query = (sql, values, callback) => {
    if (unlimited.has(pool)) return query(sql, values, callback)
    const overdue = setTimeout(
      () => connection.stream.destroy(timeout('the database did not respond in time')),
      timeouts.query,
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
