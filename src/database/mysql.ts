/** How long a database that is busy or away may take, in milliseconds. */
export type DatabaseTimeouts = {
  /** A request that waits for longer is answered with 503. */
  request: number
  /** A connection whose statement takes longer is closed: more than any statement waits on purpose. */
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

/** Pools whose statements may take any time. */
const unlimited = new WeakSet<Pool>()

/** Limits how long a caller waits for a free connection, and for the answer to a statement. mysql2 would wait forever. */
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
      if (connection && !limited.has(connection))
        limited.add(limitQueries(connection, { pool, limit: timeouts.query }))
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

/** Closes a connection whose answer is overdue: a late answer would be taken for the answer to the next statement. */
function limitQueries(connection: Connection, { pool, limit }: { pool: Pool; limit: number }): Connection {
  const query = connection.query.bind(connection)
  connection.query = (sql, values, callback) => {
    if (unlimited.has(pool)) return query(sql, values, callback)
    const overdue = setTimeout(
      () => connection.stream.destroy(timeout('the database does not answer')),
      limit,
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
