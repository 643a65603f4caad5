import { Database } from 'bun:sqlite'
import { join } from 'node:path'
import { createPool, type ExecuteValues } from 'mysql2/promise'

export type Value = string | number | null
type Row = Record<string, Value>
/** Runs one prepared statement: the rows that it answers, none for a change. */
type Run = (sql: string, ...values: Value[]) => Promise<Row[]>

/** A database as the baseline uses it: prepared statements, and a transaction. */
export type Store = { run: Run; transaction<T>(work: (run: Run) => Promise<T>): Promise<T> }

/** MySQL through as many connections as the app has. */
export function openMysql(uri: string): Store {
  const pool = createPool({ uri, connectionLimit: 16, dateStrings: true, timezone: 'Z' })
  const runOn =
    (on: Pick<typeof pool, 'execute'>): Run =>
    async (sql, ...values) =>
      (await on.execute(sql, values as ExecuteValues))[0] as Row[]
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

/** SQLite with our pragmas: a connection to read, and one to write in turn. */
export function openSqlite(dataDir: string): Store {
  const open = (): Run => {
    const database = new Database(join(dataDir, 'chatapp.sqlite'))
    for (const pragma of ['journal_mode = wal', 'synchronous = full', 'busy_timeout = 200'])
      database.run(`pragma ${pragma}`)
    return async (sql, ...values) => database.query<Row, Value[]>(sql).all(...values)
  }
  const write = open()
  let turn: Promise<unknown> = Promise.resolve()
  return {
    run: open(),
    transaction(work) {
      const mine = turn.then(async () => {
        await write('begin')
        const result = await work(write)
        await write('commit')
        return result
      })
      turn = mine
      return mine
    },
  }
}
