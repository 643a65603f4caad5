/** Milliseconds that a request waits for a database that is busy or away, before it is answered with 503. */
export const DATABASE_TIMEOUT_MS = 3000

/** Milliseconds until a server that does not answer is given up: more than any statement waits on purpose. */
const QUERY_TIMEOUT_MS = 12_000

/** What is used of mysql2. */
type Connection = {
  stream: { destroy(error: Error): void }
  query(sql: string, values: unknown, callback: (error: Error | null, rows: unknown) => void): unknown
  release(): void
}
export type Pool = { getConnection(callback: (error: Error | null, connection?: Connection) => void): void }

/** The driver would wait for ever for a connection that is free, and for an answer from a server that hangs. */
export function limitPoolWaits(pool: Pool): void {
  const limited = new WeakSet<Connection>()
  const getConnection = pool.getConnection.bind(pool)
  pool.getConnection = (callback) => {
    let isLate = false
    const overdue = setTimeout(() => {
      isLate = true
      callback(timeout('no connection is free'))
    }, DATABASE_TIMEOUT_MS)
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
      QUERY_TIMEOUT_MS,
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
