import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { type Orm, transaction } from '../database/orm.ts'
import { onJobsCommitted, schedulePeriodicJob } from './enqueue.ts'
import {
  deleteOwn,
  endLeasesFarAhead,
  giveUp,
  hasDueJob,
  type Job,
  nextRunAt,
  postpone,
  renewLease,
  takeJob,
} from './store.ts'

/** The second argument of a handler. */
type JobRun = {
  /** Aborted when the process stops, or when another process has taken over the job. */
  signal: AbortSignal
  /**
   * Deletes the job in the handler's own transaction, so that its effects and the deletion are committed together. Without
   * this call, the handler may run again after a crash.
   * @throws LeaseLost when another process has taken over the job
   */
  complete(em: Orm['em']): Promise<void>
}

export type JobHandler = {
  run(payload: unknown, job: JobRun): Promise<void>
  /** Milliseconds between two runs of a periodic job: all processes together run it once in that time. */
  every?: number
}

/** An error that a retry would not fix: the job fails at once. */
export class PermanentJobError extends Error {}

/** The lease was not renewed in time and another process has taken over the job, or the job was deleted. */
class LeaseLost extends Error {}

export type JobRunner = {
  /** Resolves when no job is due or running in this process. */
  idle(): Promise<void>
  /** Takes no more jobs and waits up to `closeMs` for running jobs; unfinished ones run again when their lease expires. */
  close(): Promise<void>
}

const DEFAULTS = {
  /** Concurrent jobs in this process. */
  concurrency: 4,
  /**
   * Milliseconds after which another process may take the job of a crashed one. Each process compares leases with its own
   * clock. A lease is renewed when two thirds of it are left, so the clocks may differ by half a minute, which leaves ten
   * seconds for the renewal. With a larger difference, a job may run twice at the same time.
   */
  leaseMs: 60_000,
  /** Milliseconds between two searches for jobs of other processes and expired leases. */
  pollMs: 5000,
  /** Milliseconds between two checks that the periodic jobs are scheduled, and that no lease ends far ahead. */
  scheduleMs: 3_600_000,
  closeMs: 5000,
  maxAttempts: 10,
  /** Returns the milliseconds until the next attempt, after `attempts` failures. */
  backOff: exponentialBackOff,
}
export type JobRunnerOptions = Partial<typeof DEFAULTS>

/** 1 s, 4 s, 16 s … up to an hour, with random jitter of ±50%, so that retries do not come in waves. */
export function exponentialBackOff(attempts: number, random = Math.random()): number {
  return Math.min(1000 * 4 ** (attempts - 1), 3_600_000) * (0.5 + random)
}

/** Runs the stored jobs of the kinds in `handlers`, until it is closed. */
export function openJobRunner(
  deps: { orm: Orm; now: () => Date; log: Logger },
  handlers: Record<string, JobHandler>,
  options: JobRunnerOptions = {},
): JobRunner {
  const { concurrency, leaseMs, pollMs, scheduleMs, closeMs, maxAttempts, backOff } = {
    ...DEFAULTS,
    ...options,
  }
  const { now, log } = deps
  const owner = randomUUID()
  const kinds = Object.keys(handlers)
  const running = new Map<number, Promise<void>>()
  const closing = new AbortController()
  let wakeUp = Promise.withResolvers<void>()
  let lastFill = Promise.resolve()
  let started = 0

  const wake = () => wakeUp.resolve()
  const taker = () => ({ owner, kinds, leaseMs, running: [...running.keys()] })
  onJobsCommitted(deps.orm, wake)
  const looping = loop()

  async function loop(): Promise<void> {
    let scheduleAt = 0
    while (!closing.signal.aborted) {
      wakeUp = Promise.withResolvers()
      let waitMs = pollMs
      try {
        if (performance.now() >= scheduleAt) {
          await endLeasesFarAhead(deps, taker())
          await schedulePeriodicJobs()
          scheduleAt = performance.now() + scheduleMs
        }
        await fill()
        const next = await nextRunAt(deps, kinds)
        if (next) waitMs = Math.min(pollMs, Math.max(0, next.getTime() - now().getTime()))
      } catch (error) {
        log.warn(causeOf(error), 'jobs could not be read')
      }
      const timer = setTimeout(wake, waitMs)
      timer.unref?.()
      await wakeUp.promise
      clearTimeout(timer)
    }
  }

  async function schedulePeriodicJobs(): Promise<void> {
    for (const [kind, { every }] of Object.entries(handlers)) {
      if (every === undefined) continue
      await transaction(deps, (em) => schedulePeriodicJob(em, { kind, runAt: after(every) }))
    }
  }

  /** Starts due jobs up to the concurrency limit. Calls run one at a time, so that the limit holds. */
  function fill(): Promise<void> {
    lastFill = lastFill
      .catch(() => {})
      .then(async () => {
        while (running.size < concurrency && !closing.signal.aborted) {
          const job = await takeJob(deps, taker())
          if (!job) return
          const done = runJob(job).finally(() => {
            running.delete(job.id)
            wake()
          })
          running.set(job.id, done)
          started++
        }
      })
    return lastFill
  }

  async function runJob(job: Job): Promise<void> {
    const { id, kind, attempts } = job
    const lost = new AbortController()
    const renewal = setInterval(async () => {
      try {
        if (!(await renewLease(deps, { id, owner, leaseMs }))) lost.abort(new LeaseLost())
      } catch (error) {
        log.warn({ kind, ...causeOf(error) }, 'a lease was not renewed')
      }
    }, leaseMs / 3)
    renewal.unref?.()
    try {
      const { every } = handlers[kind]!
      // Every attempt ended its process, so another one would probably end this one.
      if (attempts > maxAttempts && every === undefined) await giveUpWith(job, { reason: 'process ended' })
      else await runHandler(job, lost.signal)
    } catch (error) {
      await handleFailure(job, lost.signal.reason ?? error).catch((failure) =>
        log.error({ kind, ...causeOf(failure) }, 'the failure of a job was not stored'),
      )
    } finally {
      clearInterval(renewal)
    }
  }

  async function runHandler({ id, kind, payload }: Job, lost: AbortSignal): Promise<void> {
    const { run, every } = handlers[kind]!
    let completed = false
    await run(parsePayload(payload), {
      signal: AbortSignal.any([closing.signal, lost]),
      async complete(em) {
        if (!(await deleteOwn(em, { id, owner }))) throw new LeaseLost()
        completed = true
      },
    })
    if (completed) return
    const postponeUntil = (dueAt: Date) =>
      postpone(deps, { id, owner }, { runAt: dueAt, dueAt, attempts: 0, lastError: null })
    const stillMine =
      every === undefined
        ? await transaction(deps, (em) => deleteOwn(em, { id, owner }))
        : await postponeUntil(after(every))
    if (!stillMine) throw new LeaseLost()
  }

  async function handleFailure(job: Job, error: unknown): Promise<void> {
    const { id, kind, attempts } = job
    if (error instanceof LeaseLost)
      return log.warn({ kind }, 'another process took over a job, or its account was deleted')
    const cause = causeOf(error)
    const { every } = handlers[kind]!
    if (every === undefined && (error instanceof PermanentJobError || attempts >= maxAttempts))
      return giveUpWith(job, cause)
    const waitMs = Math.min(backOff(attempts), every ?? Number.POSITIVE_INFINITY)
    log.warn({ kind, attempts, ...cause, seconds: waitMs / 1000 }, 'a job failed and will be retried')
    await postpone(deps, { id, owner }, { runAt: after(waitMs), lastError: textOf(cause) })
  }

  async function giveUpWith({ id, kind, attempts }: Job, cause: Cause): Promise<void> {
    log.error({ kind, attempts, ...cause }, 'a job failed for good')
    await giveUp(deps, { id, owner }, textOf(cause))
  }

  const after = (ms: number) => new Date(now().getTime() + ms)

  return {
    async idle() {
      let startedBefore = 0
      let isDue = false
      do {
        startedBefore = started
        await fill()
        await Promise.all(running.values())
        isDue = await hasDueJob(deps, taker())
        // The loop may have taken a job in the meantime, which no longer counts as due.
        await lastFill
      } while (!closing.signal.aborted && (isDue || running.size > 0 || started !== startedBefore))
    },
    async close() {
      closing.abort()
      wake()
      await looping
      await lastFill.catch(() => {})
      const limit = new AbortController()
      await Promise.race([
        Promise.all(running.values()),
        sleep(closeMs, null, { signal: limit.signal }).catch(() => {}),
      ])
      limit.abort()
    },
  }
}

/** @throws PermanentJobError when the payload is not JSON */
function parsePayload(payload: string): unknown {
  try {
    return JSON.parse(payload)
  } catch (error) {
    throw new PermanentJobError('the payload is not JSON', { cause: error })
  }
}

type Cause = { reason?: unknown; status?: unknown; command?: unknown }

/** The cause without the error's message, which may contain the address of a mail or the payload. */
function causeOf(error: unknown): Cause {
  const origin = error instanceof PermanentJobError && error.cause ? error.cause : error
  const { name, code, responseCode, command } = origin as Record<string, unknown>
  return { reason: code ?? name, status: responseCode, command }
}

function textOf({ reason, status, command }: Cause): string {
  return [reason, status, command]
    .filter((part) => part !== undefined)
    .join(' ')
    .slice(0, 500)
}
