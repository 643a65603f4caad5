import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { reasonOf } from '../process/reason.ts'
import { type Orm, transaction } from './orm.ts'

/** How a process learns that it lost a lock. */
export type LockWatch = {
  log?: Pick<Logger, 'error' | 'warn'>
  /** Another process holds the lock: stop the work that it protects. */
  onTaken(): unknown
}

/** Milliseconds until another process may take the lease of a crashed one. */
export const LEASE_MS = 10_000

/**
 * A lock on MySQL: a row with an end, which its owner renews. `get_lock` is bound to one server, so on Galera, Group Replication
 * and TiDB each server would grant it once. The clock is the database's.
 */
export class Lease {
  readonly #owner = randomUUID()
  readonly #released = new AbortController()
  #renewing: Promise<void> | null = null

  constructor(
    private readonly orm: Orm,
    private readonly name: string,
    private readonly watch: LockWatch,
    private readonly leaseMs = LEASE_MS,
  ) {}

  /** Takes the lease, and renews it from then on. Returns null when another process has it. */
  async take(): Promise<(() => Promise<void>) | null> {
    if (!(await this.#takeOrRenew())) return null
    this.#renewing ??= this.#keep()
    return () => this.#release()
  }

  async #keep(): Promise<void> {
    while (await this.#pause(this.leaseMs / 4)) {
      try {
        if (await this.#takeOrRenew()) continue
        this.watch.log?.error({ lock: this.name }, 'another process has taken a lost lock')
        // Not awaited: the listener may wait for the release, which waits for this loop.
        void this.watch.onTaken()
        return
      } catch (error) {
        this.watch.log?.warn({ lock: this.name, reason: reasonOf(error) }, 'a lock was not renewed')
      }
    }
  }

  /** Whether this process has the lease now: it had it before, nobody had it, or its end has passed. */
  async #takeOrRenew(): Promise<boolean> {
    try {
      return await this.#write()
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'ER_NO_SUCH_TABLE') throw error
      // The first start: migrations need the lease before they create tables.
      const { MYSQL_LEASE_TABLE } = await import('../../migrations/Migration0005_job.ts')
      await this.orm.em.fork().execute(MYSQL_LEASE_TABLE)
      return this.#write()
    }
  }

  #write(): Promise<boolean> {
    const end = 'utc_timestamp(3) + interval ? microsecond'
    const [owner, microseconds] = [this.#owner, this.leaseMs * 1000]
    return transaction({ orm: this.orm }, async (em) => {
      // An end that no owner would set comes from a clock that was ahead.
      const updated = await em.execute<{ affectedRows: number }>(
        `update lease set owner = ?, expires_at = ${end}
         where name = ? and (owner = ? or expires_at <= utc_timestamp(3) or expires_at > utc_timestamp(3) + interval 1 hour)`,
        [owner, microseconds, this.name, owner],
        'run',
      )
      if (updated.affectedRows === 1) return true
      const inserted = await em.execute<{ affectedRows: number }>(
        `insert ignore into lease (name, owner, expires_at) values (?, ?, ${end})`,
        [this.name, owner, microseconds],
        'run',
      )
      return inserted.affectedRows === 1
    })
  }

  async #release(): Promise<void> {
    this.#released.abort()
    await this.#renewing
    // Without the database, the lease ends by itself.
    await this.orm.em
      .fork()
      .execute('delete from lease where name = ? and owner = ?', [this.name, this.#owner])
      .catch(() => {})
  }

  /** Returns false when the lease was released meanwhile. */
  #pause(ms: number): Promise<boolean> {
    return sleep(ms, true, { signal: this.#released.signal, ref: false }).catch(() => false)
  }
}
