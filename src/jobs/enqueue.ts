import { type Orm, transaction } from '../database/orm.ts'
import { JobEntity } from './entity.ts'

/** A job to store. */
export type NewJob = {
  /** Names the handler that runs it. */
  kind: string
  /** For the handler; stored as JSON. */
  payload: object
  /** The ID of the account that the payload is about. The job is deleted with it. */
  user?: number
  /** No job is added while another one of this kind has this key. */
  uniqueKey?: string
  /** The earliest time to run it; immediately by default. */
  runAt?: Date
}

/** Transactions that stored a job due immediately: their commit wakes the runners of this process. */
const transactionsWithJobs = new WeakSet<object>()

/**
 * Stores a job in the caller's transaction. Once that is committed, a process runs the job at least once.
 * @param em the entity manager of that transaction
 */
export async function enqueueJob(
  em: Orm['em'],
  { kind, payload, user, uniqueKey, runAt }: NewJob,
): Promise<void> {
  const dueAt = runAt ?? new Date()
  const row = {
    kind,
    uniqueKey: uniqueKey ?? null,
    user: user ?? null,
    payload: JSON.stringify(payload),
    dueAt,
    runAt: dueAt,
    attempts: 0,
    leasedUntil: null,
    leaseOwner: null,
    failedAt: null,
    lastError: null,
  }
  await em.createQueryBuilder(JobEntity).insert(row).onConflict(['kind', 'uniqueKey']).ignore().execute()
  const context = em.getTransactionContext<object>()
  if (context && !runAt) transactionsWithJobs.add(context)
}

/**
 * Stores a periodic job, unless it exists. An existing one that is due later than `runAt` was scheduled while the clock was
 * ahead, and is moved to `runAt`.
 * @param em the entity manager of a transaction
 */
export async function schedulePeriodicJob(
  em: Orm['em'],
  { kind, runAt }: { kind: string; runAt: Date },
): Promise<void> {
  const uniqueKey = 'periodic'
  await enqueueJob(em, { kind, payload: {}, uniqueKey, runAt })
  const isLate = { kind, uniqueKey, runAt: { $gt: runAt }, leaseOwner: null }
  await em.nativeUpdate(JobEntity, isLate, { runAt, dueAt: runAt })
}

/** Stores a job in a transaction of its own. */
export function enqueueJobNow(deps: { orm: Orm }, job: NewJob): Promise<void> {
  return transaction(deps, (em) => enqueueJob(em, job))
}

/** Calls `listener` after each commit of a transaction that stored a job due immediately. */
export function onJobsCommitted({ em }: Orm, listener: () => void): void {
  em.getEventManager().registerSubscriber({
    getSubscribedEntities: () => [],
    async afterTransactionCommit({ transaction }) {
      if (transaction && transactionsWithJobs.has(transaction)) listener()
    },
  })
}
