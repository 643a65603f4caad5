import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { StartError } from '../http/errors.ts'
import type { DbConfig, Orm } from './orm.ts'
import { createPrivateFile } from './sqlite.ts'

/**
 * Reserves the database for this process until the returned function is called or the process ends. Waits up to ten seconds
 * for a previous process that is shutting down.
 * @throws StartError when another process still holds it
 */
export async function acquireSingleProcessLock(orm: Orm, config: DbConfig): Promise<() => Promise<void>> {
  const release = await acquireLock(orm, config, { name: 'alone', seconds: 10 })
  if (release) return release
  throw new StartError(
    'Another process uses this database. Set REDIS_URL for both: processes exchange events over Redis.',
  )
}

type Lock = { name: string; seconds: number }

/**
 * Takes a lock that ends with the process, however the process ends. Waits at most `seconds`, and other work of the process
 * continues meanwhile.
 * @returns the function that releases the lock; null when another process held it all the time
 */
export function acquireLock(orm: Orm, config: DbConfig, wanted: Lock): Promise<(() => Promise<void>) | null> {
  return config.databaseUrl ? lockMysql(orm, wanted) : lockFile(config.dataDir, wanted)
}

/** MySQL binds the lock to one connection. A transaction keeps that connection out of the pool. */
async function lockMysql(orm: Orm, { name, seconds }: Lock) {
  const em = orm.em.fork()
  await em.begin()
  const key = `concat(database(), '.${name}')`
  // MySQL could wait, too, but a statement has a time limit.
  const isHeld = await pollFor(seconds, async () => {
    const [row] = await em.execute<[{ held: number }]>(`select get_lock(${key}, 0) as held`)
    return Number(row?.held) === 1
  })
  if (!isHeld) {
    await em.rollback()
    return null
  }
  // MySQL closes idle connections, which would release the lock.
  const keepAlive = setInterval(() => em.execute('select 1').catch(() => clearInterval(keepAlive)), 3000)
  keepAlive.unref?.()
  return async () => {
    clearInterval(keepAlive)
    await em.execute(`select release_lock(${key})`)
    await em.rollback()
  }
}

/** The operating system releases the lock of a file when the process ends. */
async function lockFile(dataDir: string, { name, seconds }: Lock) {
  const file = new DatabaseSync(createPrivateFile(join(dataDir, `${name}.lock`)))
  try {
    // SQLite blocks the whole process while it waits, so it must not wait.
    file.exec('pragma busy_timeout = 0')
    const isHeld = await pollFor(seconds, () => tryExclusive(file))
    if (isHeld) return async () => file.close()
    file.close()
    return null
  } catch (error) {
    file.close()
    throw error
  }
}

/** Whether this connection now has the file to itself. */
function tryExclusive(file: DatabaseSync): boolean {
  try {
    file.exec('begin exclusive')
    return true
  } catch (error) {
    if (String(error).includes('database is locked')) return false
    throw error
  }
}

const POLL_MS = 50

/** Repeats `attempt` until it succeeds or the time is over. */
async function pollFor(seconds: number, attempt: () => boolean | Promise<boolean>): Promise<boolean> {
  const deadline = performance.now() + seconds * 1000
  while (!(await attempt())) {
    if (performance.now() > deadline) return false
    await sleep(POLL_MS)
  }
  return true
}
