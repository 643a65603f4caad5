import { closeSync, openSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { type DatabaseConnection, SqliteDialect, SqliteDriver } from 'kysely'

/** Size of the cache of prepared statements. The app has fewer, not counting `in` lists of different lengths. */
const MAX_PREPARED = 200

/** Kysely on `node:sqlite`. */
export function sqliteDialect(file: string): SqliteDialect {
  const config = { database: async () => open(file) }
  return Object.assign(new SqliteDialect(config), { createDriver: () => new Driver(config) })
}

class Driver extends SqliteDriver {
  /**
   * A full disk may have ended the transaction already (https://www.sqlite.org/lang_transaction.html, 2.4). If the
   * rollback failed then, Kysely would never release the only connection.
   */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await super.rollbackTransaction(connection).catch((error) => {
      if (!String(error).includes('no transaction is active')) throw error
    })
  }
}

function open(file: string) {
  const database = new DatabaseSync(file)
  const { ino, dev } = statSync(file)

  /** The system keeps a deleted file until it is closed: everything would seem to be stored, and be lost at the end. */
  function checkFile(): void {
    const found = statSync(file, { throwIfNoEntry: false })
    if (found?.ino === ino && found.dev === dev) return
    throw Object.assign(new Error('the database file was deleted or replaced while it is open'), {
      code: 'EFILEGONE',
    })
  }

  const prepared = new Map<string, ReturnType<typeof prepare>>()
  const prepare = (sql: string) => {
    const statement = database.prepare(sql)
    return {
      reader: /^\s*(select|pragma|explain|with)|\breturning\b/i.test(sql),
      all: (values: readonly unknown[]) => statement.all(...(values as never[])),
      run: (values: readonly unknown[]) => statement.run(...(values as never[])),
      iterate: (values: readonly unknown[]) => statement.iterate(...(values as never[])) as never,
    }
  }
  return {
    close: () => database.close(),
    prepare(sql: string) {
      // Kysely would never release the only connection if a statement that begins or ends a transaction failed.
      if (!/^\s*(?:select|pragma|begin|commit|rollback)\b/i.test(sql)) checkFile()
      const statement = prepared.get(sql) ?? prepare(sql)
      // The least recently used statement comes first and is removed first.
      prepared.delete(sql)
      prepared.set(sql, statement)
      const [oldest] = prepared.keys()
      if (prepared.size > MAX_PREPARED) prepared.delete(oldest!)
      return statement
    },
  }
}

/** Creates the file before SQLite does, readable by its owner only. SQLite's files next to it get the same mode. */
export function createPrivateFile(path: string): string {
  closeSync(openSync(path, 'a', 0o600))
  return path
}
