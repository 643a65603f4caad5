import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { StartError } from '../http/errors.ts'
import type { DbConfig, Orm } from './orm.ts'
import { createPrivateFile } from './sqlite.ts'

/** How a process learns that it lost a lock. */
type LockWatch = {
  log?: Pick<Logger, 'error' | 'warn'>
  /** Another process has the lock: this process must stop the work that the lock protects. */
  onTaken(): void
}

/**
 * Reserves the database for this process until the returned function is called or the process ends. Waits up to ten seconds
 * for a previous process that is shutting down.
 * @throws StartError when another process still holds it
 */
export async function acquireSingleProcessLock(
  orm: Orm,
  config: DbConfig,
  watch: LockWatch,
): Promise<() => Promise<void>> {
  const release = await acquireLock(orm, config, { name: 'alone', seconds: 10, watch })
  if (release) return release
  throw new StartError(
    'Another process uses this database. Set REDIS_URL for both: processes exchange events over Redis.',
  )
}

type Lock = { name: string; seconds: number; watch: LockWatch }

/**
 * Takes a lock that ends with the process, however the process ends. Waits at most `seconds`, and other work of the process
 * continues meanwhile. MySQL also ends the lock with its connection; the lock is then taken again, unless another process was
 * faster.
 * @returns the function that releases the lock; null when another process held it all the time
 */
export function acquireLock(orm: Orm, config: DbConfig, lock: Lock): Promise<(() => Promise<void>) | null> {
  return config.databaseUrl ? lockMysql(orm, lock) : lockFile(config.dataDir, lock)
}

/** Milliseconds between two checks of the connection. MySQL closes idle connections after ten seconds. */
const CHECK_MS = 3000

async function lockMysql(orm: Orm, { name, seconds, watch }: Lock) {
  /** Connections of this process that may hold the lock although they were lost: the server may not have noticed yet. */
  const lost = new Set<number>()
  let held = await pollFor(seconds, () => tryMysql(orm, { name, lost }))
  if (!held) return null
  const released = new AbortController()
  const pause = (ms: number) => sleep(ms, true, { signal: released.signal, ref: false }).catch(() => false)
  const watching = keep()
  return async () => {
    released.abort()
    await watching
    await held?.release()
  }

  async function keep(): Promise<void> {
    while (await pause(CHECK_MS)) {
      const reason = await held!.check()
      if (reason === null) continue
      watch.log?.error({ lock: name, reason }, 'the connection that holds a lock was lost')
      lost.add(held!.connection)
      held = null
      if (!(await regain())) return
      lost.clear()
      watch.log?.warn({ lock: name }, 'a lost lock was taken again')
    }
  }

  /** Returns false when another process has the lock, or the lock is to be released. */
  async function regain(): Promise<boolean> {
    let waitMs = POLL_MS
    do {
      held = await tryMysql(orm, { name, lost }).catch(() => null)
      if (held) return true
      const holder = await holderOf(orm, name).catch(() => null)
      if (holder !== null && !lost.has(holder)) {
        watch.log?.error({ lock: name }, 'another process has taken a lost lock')
        watch.onTaken()
        return false
      }
      // The database may be down for long.
      waitMs = Math.min(waitMs * 2, CHECK_MS)
    } while (await pause(waitMs))
    return false
  }
}

/** A lock of MySQL, the ID of the connection that it is bound to, and the reason why that connection was lost, if it was. */
type MysqlLock = { connection: number; check(): Promise<string | null>; release(): Promise<void> }

/**
 * A transaction keeps the connection out of the pool. MySQL could wait for the lock, but a statement has a time limit.
 * @param lost gets the ID of the connection if it fails: it may have taken the lock
 */
async function tryMysql(
  orm: Orm,
  { name, lost }: { name: string; lost: Set<number> },
): Promise<MysqlLock | null> {
  const em = orm.em.fork()
  await em.begin()
  let connection: number | null = null
  try {
    const [{ id }] = await em.execute<[{ id: unknown }]>('select connection_id() as id')
    connection = Number(id)
    const [{ isHeld }] = await em.execute<[{ isHeld: unknown }]>(
      `select get_lock(${keyOf(name)}, 0) as isHeld`,
    )
    if (Number(isHeld) === 1) {
      return {
        connection,
        async check() {
          try {
            await em.execute('select 1')
            return null
          } catch (error) {
            await em.rollback().catch(() => {})
            return String(error)
          }
        },
        async release() {
          try {
            await em.execute(`select release_lock(${keyOf(name)})`)
          } catch {
            // The connection is lost, and the lock ends with it.
          }
          await em.rollback().catch(() => {})
        },
      }
    }
  } catch (error) {
    if (connection !== null) lost.add(connection)
    await em.rollback().catch(() => {})
    throw error
  }
  await em.rollback()
  return null
}

/** The ID of the connection that holds the lock; null when it is free. */
async function holderOf(orm: Orm, name: string): Promise<number | null> {
  const [row] = await orm.em
    .fork()
    .execute<[{ holder: unknown }]>(`select is_used_lock(${keyOf(name)}) as holder`)
  return row.holder === null ? null : Number(row.holder)
}

const keyOf = (name: string) => `concat(database(), '.${name}')`

/** The operating system releases the lock of a file when the process ends. */
async function lockFile(dataDir: string, { name, seconds }: Lock): Promise<(() => Promise<void>) | null> {
  const file = new DatabaseSync(createPrivateFile(join(dataDir, `${name}.lock`)))
  try {
    // SQLite blocks the whole process while it waits, so it must not wait.
    file.exec('pragma busy_timeout = 0')
    const isHeld = await pollFor(seconds, () => tryExclusive(file) || null)
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

/** Repeats `attempt` until it returns a value or the time is over. */
async function pollFor<T>(seconds: number, attempt: () => T | null | Promise<T | null>): Promise<T | null> {
  const deadline = performance.now() + seconds * 1000
  for (;;) {
    const result = await attempt()
    if (result !== null || performance.now() > deadline) return result
    await sleep(POLL_MS)
  }
}
