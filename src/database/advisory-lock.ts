import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { StartError } from '../http/errors.ts'
import { LEASE_MS, Lease, type LockWatch } from './lease.ts'
import type { DbConfig, Orm } from './orm.ts'

/**
 * Reserves the database for this process until the returned function is called or the process ends. Waits for a previous
 * process that is shutting down, or that crashed a moment ago.
 * @throws StartError when another process still holds it
 */
export async function acquireSingleProcessLock(
  orm: Orm,
  config: DbConfig,
  watch: LockWatch,
): Promise<() => Promise<void>> {
  const release = await acquireLock(orm, config, {
    name: 'alone',
    seconds: config.databaseUrl ? 10 + LEASE_MS / 1000 : 10,
    watch,
  })
  if (release) return release
  throw new StartError(
    'Another process uses this database. Set REDIS_URL for both: processes exchange events over Redis.',
  )
}

type Lock = {
  name: string
  /** How long to wait for it. */
  seconds: number
  watch: LockWatch
  /** On MySQL, milliseconds until another process may take the lock of a crashed one. */
  leaseMs?: number
}

/**
 * Takes a lock that ends with the process, however the process ends: on SQLite immediately, on MySQL after the end of its lease.
 * Waits at most `seconds`, and other work of the process continues meanwhile.
 * @returns the function that releases the lock; null when another process held it all the time
 */
export function acquireLock(orm: Orm, config: DbConfig, lock: Lock): Promise<(() => Promise<void>) | null> {
  return config.databaseUrl ? lockMysql(orm, lock) : lockFile(config.dataDir, lock)
}

async function lockMysql(orm: Orm, { name, seconds, watch, leaseMs }: Lock) {
  const lease = new Lease(orm, name, watch, leaseMs)
  return pollFor(seconds, () => lease.take())
}

async function lockFile(dataDir: string, { name, seconds }: Lock) {
  // Loaded on demand: not every runtime has `node:sqlite`.
  const { tryLockFile } = await import('./file-lock.ts')
  return pollFor(seconds, () => tryLockFile(join(dataDir, `${name}.lock`)))
}

const POLL_MS = 50

/** Repeats `attempt` until it returns a value or the time is over. */
async function pollFor<T>(seconds: number, attempt: () => T | null | Promise<T | null>): Promise<T | null> {
  const deadline = performance.now() + seconds * 1000
  for (;;) {
    const result = await attempt()
    if (result !== null || performance.now() > deadline) return result
    await sleep(POLL_MS)
  }
}
