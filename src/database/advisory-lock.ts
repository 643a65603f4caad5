import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StartError } from '../http/errors.ts'
import type { DbConfig, Orm } from './orm.ts'
import { createPrivateFile } from './sqlite.ts'

/**
 * Claims the database for this process alone, until what it answers is called or the process ends; waits for a predecessor
 * that is on its way out.
 * @throws StartError when another process keeps it
 */
export async function acquireSingleProcessLock(orm: Orm, config: DbConfig): Promise<() => Promise<void>> {
  const release = await acquireLock(orm, config, { name: 'alone', seconds: 10 })
  if (release) return release
  throw new StartError(
    'Another process uses this database. Set REDIS_URL for both: without it they cannot tell each other.',
  )
}

type Lock = { name: string; seconds: number }

/** Takes a lock that is gone with the process, however it ends; null when another holds it for longer than `seconds`. */
export function acquireLock(orm: Orm, config: DbConfig, wanted: Lock): Promise<(() => Promise<void>) | null> {
  return config.databaseUrl ? lockMysql(orm, wanted) : lockFile(config.dataDir, wanted)
}

/** The server's lock belongs to one connection, which is kept out of the pool by a transaction. */
async function lockMysql(orm: Orm, { name, seconds }: Lock) {
  const em = orm.em.fork()
  await em.begin()
  const key = `concat(database(), '.${name}')`
  const [row] = await em.execute<[{ held: number }]>(`select get_lock(${key}, ${seconds}) as held`)
  if (Number(row?.held) !== 1) {
    await em.rollback()
    return null
  }
  // The server ends connections that are idle, and the lock with them.
  const alive = setInterval(() => em.execute('select 1').catch(() => clearInterval(alive)), 3000)
  alive.unref?.()
  return async () => {
    clearInterval(alive)
    await em.execute(`select release_lock(${key})`)
    await em.rollback()
  }
}

async function lockFile(dataDir: string, { name, seconds }: Lock) {
  const file = new DatabaseSync(createPrivateFile(join(dataDir, `${name}.lock`)))
  try {
    file.exec(`pragma busy_timeout = ${seconds * 1000}; begin exclusive`)
    return async () => file.close()
  } catch {
    file.close()
    return null
  }
}
