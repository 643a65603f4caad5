/** How long a database that is busy or away may take, in milliseconds. */
export type DatabaseTimeouts = {
  /** A request that waits for longer is answered with 503. */
  request: number
  /** A connection whose statement takes longer is closed: more than any statement waits on purpose. */
  query: number
}

export const DATABASE_TIMEOUTS: DatabaseTimeouts = { request: 3000, query: 12_000 }

/** What is used of mysql2. */
type Connection = {
  stream: { destroy(error: Error): void }
  query(sql: string, values: unknown, callback: (error: Error | null, rows: unknown) => void): unknown
  release(): void
}
export type Pool = { getConnection(callback: (error: Error | null, connection?: Connection) => void): void }

/** Limits the wait for a free connection and for an answer: mysql2 itself waits without end for both. */
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
      if (connection && !limited.has(connection)) limited.add(limitQueries(connection, timeouts.query))
      callback(error, connection)
    })
  }
}

/** Closes a connection that does not answer: an answer that came later would be taken for that of another statement. */
function limitQueries(connection: Connection, queryTimeout: number): Connection {
  const query = connection.query.bind(connection)
  connection.query = (sql, values, callback) => {
    const overdue = setTimeout(
      () => connection.stream.destroy(timeout('the database does not answer')),
      queryTimeout,
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
