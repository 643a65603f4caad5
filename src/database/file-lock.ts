import { DatabaseSync } from 'node:sqlite'
import { createPrivateFile } from './sqlite.ts'

/**
 * Locks the file until the returned function is called. The operating system also releases the lock when the process ends.
 * Returns null at once when another process has the lock.
 */
export function tryLockFile(path: string): (() => Promise<void>) | null {
  const file = new DatabaseSync(createPrivateFile(path))
  try {
    // SQLite blocks the whole process while it waits, so it must not wait.
    file.exec('pragma busy_timeout = 0')
    file.exec('begin exclusive')
    return async () => file.close()
  } catch (error) {
    file.close()
    if (String(error).includes('database is locked')) return null
    throw error
  }
}
