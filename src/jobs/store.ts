import { type Orm, transaction } from '../database/orm.ts'
import { JobEntity } from './entity.ts'

export type Job = Pick<JobEntity, 'id' | 'kind' | 'payload' | 'attempts'>

type Store = { orm: Orm; now: () => Date }

/** The runner that takes jobs, and which jobs it may take. */
type Taker = { owner: string; kinds: readonly string[]; running: readonly number[]; leaseMs: number }

/** Due jobs without a valid lease. */
function dueFor({ now }: Store, { kinds, running }: Pick<Taker, 'kinds' | 'running'>) {
  const at = now()
  return {
    kind: { $in: [...kinds] },
    id: { $nin: [...running] },
    runAt: { $lte: at },
    failedAt: null,
    $or: [{ leasedUntil: null }, { leasedUntil: { $lte: at } }],
  }
}

/**
 * Leases the oldest due job; null when there is none. Reads without a lock and then updates by primary key, if no other
 * process was faster: a locking range read would block `enqueueJob`.
 */
export async function takeJob(store: Store, taker: Taker): Promise<Job | null> {
  const { orm, now } = store
  const candidates = await orm.em.fork().find(JobEntity, dueFor(store, taker), {
    orderBy: { runAt: 'asc', id: 'asc' },
    limit: 10,
  })
  for (const { id, kind, payload, attempts, runAt, leaseOwner = null, ...job } of candidates) {
    const leasedUntil = new Date(now().getTime() + taker.leaseMs)
    // A periodic job that ran in the meantime differs only in `runAt`.
    const unchanged = { id, attempts, runAt, leaseOwner, leasedUntil: job.leasedUntil ?? null }
    const taken = await transaction(store, (em) =>
      em.nativeUpdate(JobEntity, unchanged, {
        leasedUntil,
        leaseOwner: taker.owner,
        attempts: attempts + 1,
      }),
    )
    if (taken === 1) return { id, kind, payload, attempts: attempts + 1 }
  }
  return null
}

/** Whether any job could be taken now. */
export async function hasDueJob(store: Store, taker: Taker): Promise<boolean> {
  return (await store.orm.em.fork().count(JobEntity, dueFor(store, taker))) > 0
}

/** When the next job becomes due; null without one. Expired leases are found by polling. */
export async function nextRunAt({ orm, now }: Store, kinds: readonly string[]): Promise<Date | null> {
  const next = await orm.em
    .fork()
    .find(
      JobEntity,
      { kind: { $in: [...kinds] }, runAt: { $gt: now() }, failedAt: null, leaseOwner: null },
      { orderBy: { runAt: 'asc' }, limit: 1, fields: ['runAt'] },
    )
  return next[0]?.runAt ?? null
}

/** Extends a lease; false when another process has taken it over. */
export async function renewLease(
  store: Store,
  { id, owner, leaseMs }: { id: number; owner: string; leaseMs: number },
): Promise<boolean> {
  const leasedUntil = new Date(store.now().getTime() + leaseMs)
  return changeOwn(store, { id, owner }, { leasedUntil })
}

/**
 * Ends leases that end later than any process with a correct clock would set: their process crashed while its clock was ahead.
 * Reads without a lock, as `takeJob` does.
 */
export async function endLeasesFarAhead(store: Store, { kinds, running, leaseMs }: Taker): Promise<void> {
  const { orm, now } = store
  // Clocks may differ by less than one lease.
  const latest = new Date(now().getTime() + 2 * leaseMs)
  const wrong = {
    kind: { $in: [...kinds] },
    id: { $nin: [...running] },
    failedAt: null,
    leasedUntil: { $gt: latest },
  }
  const jobs = await orm.em.fork().find(JobEntity, wrong, { fields: ['id', 'leaseOwner', 'leasedUntil'] })
  for (const { id, leaseOwner = null, leasedUntil = null } of jobs) {
    await transaction(store, (em) =>
      em.nativeUpdate(JobEntity, { id, leaseOwner, leasedUntil }, { leaseOwner: null, leasedUntil: null }),
    )
  }
}

/** Deletes a completed job in the transaction of `em`; false when another process has taken it over. */
export async function deleteOwn(em: Orm['em'], { id, owner }: { id: number; owner: string }) {
  return (await em.nativeDelete(JobEntity, { id, leaseOwner: owner })) === 1
}

/** Releases the job and schedules its next run. */
export function postpone(
  store: Store,
  mine: { id: number; owner: string },
  change: { runAt: Date; dueAt?: Date; attempts?: number; lastError?: string | null },
): Promise<boolean> {
  return changeOwn(store, mine, { ...change, leaseOwner: null, leasedUntil: null })
}

/** Marks a job as failed. Its payload, which may contain addresses and links, is deleted. */
export function giveUp(
  store: Store,
  mine: { id: number; owner: string },
  lastError: string,
): Promise<boolean> {
  const released = { leaseOwner: null, leasedUntil: null }
  const failed = { failedAt: store.now(), lastError, payload: '{}', uniqueKey: null }
  return changeOwn(store, mine, { ...released, ...failed })
}

async function changeOwn(
  store: Store,
  { id, owner }: { id: number; owner: string },
  change: Partial<
    Pick<
      JobEntity,
      | 'runAt'
      | 'dueAt'
      | 'leasedUntil'
      | 'leaseOwner'
      | 'failedAt'
      | 'lastError'
      | 'payload'
      | 'attempts'
      | 'uniqueKey'
    >
  >,
): Promise<boolean> {
  const changed = await transaction(store, (em) =>
    em.nativeUpdate(JobEntity, { id, leaseOwner: owner }, change),
  )
  return changed === 1
}
