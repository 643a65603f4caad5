import { Database } from 'bun:sqlite'
import { join } from 'node:path'
import { createPool, type ExecuteValues } from 'mysql2/promise'

export type Value = string | number | null
type Row = Record<string, Value>
/** Runs one prepared statement. Returns its rows; none for a write. */
type Run = (sql: string, ...values: Value[]) => Promise<Row[]>

/** The baseline's database interface: prepared statements and transactions. */
export type Store = { run: Run; transaction<T>(work: (run: Run) => Promise<T>): Promise<T> }

/** MySQL with the same number of connections as the app. */
export function openMysql(uri: string): Store {
  const pool = createPool({ uri, connectionLimit: 16, dateStrings: true, timezone: 'Z' })
  const runOn =
    (connection: Pick<typeof pool, 'execute'>): Run =>
    async (sql, ...values) =>
      (await connection.execute(sql, values as ExecuteValues))[0] as Row[]
  return {
    run: runOn(pool),
    async transaction(work) {
      const connection = await pool.getConnection()
      try {
        await connection.query('begin')
        const result = await work(runOn(connection))
        await connection.query('commit')
        return result
      } finally {
        connection.release()
      }
    },
  }
}

/** SQLite with the app's pragmas: one connection for reads and one for serialized writes. */
export function openSqlite(dataDir: string): Store {
  const open = (): Run => {
    const database = new Database(join(dataDir, 'chatapp.sqlite'))
    for (const pragma of ['journal_mode = wal', 'synchronous = full', 'busy_timeout = 200'])
      database.run(`pragma ${pragma}`)
    return async (sql, ...values) => database.query<Row, Value[]>(sql).all(...values)
  }
  const write = open()
  let lastWrite: Promise<unknown> = Promise.resolve()
  return {
    run: open(),
    transaction(work) {
      const done = lastWrite.then(async () => {
        await write('begin')
        const result = await work(write)
        await write('commit')
        return result
      })
      lastWrite = done
      return done
    },
  }
}
