import { afterAll, afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { type Backend, backends, openChat } from '../../test/support/chat.ts'
import { transaction } from '../database/orm.ts'
import { countJobs } from './counts.ts'
import { enqueueJob, enqueueJobNow } from './enqueue.ts'
import { JobEntity } from './entity.ts'
import {
  exponentialBackOff,
  type JobHandler,
  type JobRunner,
  type JobRunnerOptions,
  openJobRunner,
  PermanentJobError,
} from './runner.ts'
import { postpone, takeJob } from './store.ts'

// Long enough to catch only a hang.
setDefaultTimeout(180_000)

const HOUR = 3_600_000

describe.each(backends)('a job, on $name,', async (backend: Backend) => {
  const chat = await openChat(backend)
  // Its jobs would be counted by the tests.
  await chat.jobs.close()
  afterAll(() => chat.close())
  const em = () => chat.deps.orm.em.fork()
  const runners: JobRunner[] = []
  beforeEach(() => em().nativeDelete(JobEntity, {}))
  afterEach(async () => {
    for (const runner of runners.splice(0)) await runner.close()
  })

  function runner(handlers: Record<string, JobHandler>, options: JobRunnerOptions = {}) {
    const opened = openJobRunner(chat.deps, handlers, { backOff: () => 0, closeMs: 0, ...options })
    runners.push(opened)
    return opened
  }
  /** A handler that records its payloads. */
  function recordingHandler() {
    const seen: unknown[] = []
    return { seen, run: async (payload: unknown) => void seen.push(payload) }
  }
  const add = (payload: object = {}, more: { uniqueKey?: string; runAt?: Date } = {}) =>
    enqueueJobNow(chat.deps, { kind: 'test', payload, ...more })
  const rows = () => em().find(JobEntity, {}, { orderBy: { id: 'asc' } })

  test('runs with its payload and is deleted', async () => {
    const handler = recordingHandler()
    await add({ text: 'é 聊' })
    await runner({ test: handler }).idle()
    expect(handler.seen).toEqual([{ text: 'é 聊' }])
    expect(await rows()).toEqual([])
  })

  test('wakes the runner of its process when its transaction commits', async () => {
    const { promise, resolve } = Promise.withResolvers<unknown>()
    const one = runner({ test: { run: async (payload) => resolve(payload) } }, { pollMs: HOUR })
    await one.idle()
    await add({ n: 1 })
    expect(await promise).toEqual({ n: 1 })
    await one.idle()
  })

  test('is found by polling when another process stored it', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    await runner({ test: { run: async () => resolve() } }, { pollMs: 10 }).idle()
    const now = new Date()
    await em().insert(JobEntity, {
      kind: 'test',
      uniqueKey: null,
      user: null,
      payload: '{}',
      dueAt: now,
      runAt: now,
      leasedUntil: null,
      leaseOwner: null,
      failedAt: null,
      lastError: null,
    })
    await promise
  })

  test('does not exist when the transaction that stored it is rolled back', async () => {
    const failing = transaction(chat.deps, async (em) => {
      await enqueueJob(em, { kind: 'test', payload: {} })
      throw new Error('rolled back')
    })
    await expect(failing).rejects.toThrow('rolled back')
    expect(await rows()).toEqual([])
  })

  test('is stored once for a key, even by concurrent callers', async () => {
    await Promise.all(Array.from({ length: 5 }, (_, n) => add({ n }, { uniqueKey: 'same' })))
    await add({}, { uniqueKey: 'other' })
    expect((await rows()).map(({ uniqueKey }) => uniqueKey ?? null).sort()).toEqual(['other', 'same'])
  })

  test('has been waiting since it was due, also while it is retried', async () => {
    const oldest = async () => (await countJobs(chat.deps)).map((count) => count.oldest)
    const due = new Date(chat.deps.now().getTime() + HOUR)
    await add({}, { runAt: due })
    expect(await oldest()).toEqual([])
    chat.advance(2 * 3600)
    const run = async () => {
      throw new Error('away')
    }
    await runner({ test: { run } }, { backOff: () => HOUR, maxAttempts: 2 }).idle()
    expect(await oldest()).toEqual([due.toISOString()])
    chat.advance(3601)
    await runners[0]!.idle()
    expect(await countJobs(chat.deps)).toEqual([{ kind: 'test', waiting: 0, failed: 1, oldest: null }])
  })

  test('waits until it is due', async () => {
    const handler = recordingHandler()
    const one = runner({ test: handler })
    await add({}, { runAt: new Date(chat.deps.now().getTime() + HOUR) })
    await one.idle()
    expect(handler.seen.length).toBe(0)
    chat.advance(3601)
    await one.idle()
    expect(handler.seen.length).toBe(1)
  })

  test('is left to other processes when this process has no handler for its kind', async () => {
    await add()
    await runner({ other: recordingHandler() }).idle()
    expect((await rows()).map(({ attempts }) => attempts)).toEqual([0])
  })

  test('runs once when several runners compete for it', async () => {
    const handler = recordingHandler()
    await Promise.all(Array.from({ length: 40 }, (_, n) => add({ n })))
    const both = [runner({ test: handler }), runner({ test: handler })]
    await Promise.all(both.map((one) => one.idle()))
    const seen = handler.seen.map((payload) => (payload as { n: number }).n)
    expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, n) => n))
  })

  test('runs with at most three others in its process', async () => {
    let running = 0
    let most = 0
    const four = Promise.withResolvers<void>()
    // The first four wait for each other.
    const run = async () => {
      most = Math.max(most, ++running)
      if (running === 4) four.resolve()
      await four.promise
      await new Promise((resolve) => setImmediate(resolve))
      running--
    }
    await Promise.all(Array.from({ length: 12 }, () => add()))
    await runner({ test: { run } }, { concurrency: 4 }).idle()
    expect(most).toBe(4)
    expect(await rows()).toEqual([])
  })

  test('is finished by another runner when its lease expires after a crash', async () => {
    const started = Promise.withResolvers<void>()
    const hanging = {
      run: () => {
        started.resolve()
        return new Promise<void>(() => {})
      },
    }
    await add({ n: 1 })
    const crashed = runner({ test: hanging })
    await started.promise
    await crashed.close()
    const handler = recordingHandler()
    const second = runner({ test: handler })
    await second.idle()
    expect(handler.seen).toEqual([])
    chat.advance(61)
    await second.idle()
    expect(handler.seen).toEqual([{ n: 1 }])
    expect(await rows()).toEqual([])
  })

  test('keeps its lease for as long as its handler runs', async () => {
    const started = Promise.withResolvers<void>()
    const finish = Promise.withResolvers<void>()
    const run = async () => {
      started.resolve()
      await finish.promise
    }
    await add()
    const one = runner({ test: { run } }, { leaseMs: 60 })
    await started.promise
    const [before] = await rows()
    const isRenewed = async () => (await rows())[0]!.leasedUntil! > before!.leasedUntil!
    while (!(await isRenewed())) await new Promise((resolve) => setImmediate(resolve))
    finish.resolve()
    await one.idle()
    expect(await rows()).toEqual([])
  })

  test('is not completed by a runner that lost its lease', async () => {
    await add()
    const outcome = Promise.withResolvers<unknown>()
    const run: JobHandler['run'] = async (_, { complete }) => {
      await em().nativeUpdate(JobEntity, {}, { leaseOwner: 'another' })
      const completing = transaction(chat.deps, (em) => complete(em))
      outcome.resolve(await completing.catch((error) => error.constructor.name))
      await completing
    }
    await runner({ test: { run } }).idle()
    expect(await outcome.promise).toBe('LeaseLost')
    expect((await rows()).map(({ leaseOwner }) => leaseOwner)).toEqual(['another'])
  })

  test.each(['succeeds', 'fails'])(
    'that another runner took over is aborted; its handler then %s without effect',
    async (outcome) => {
      await add()
      const aborted = Promise.withResolvers<void>()
      const run: JobHandler['run'] = async (_, { signal }) => {
        await em().nativeUpdate(JobEntity, {}, { leaseOwner: 'another' })
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
        aborted.resolve()
        if (outcome === 'fails') throw new PermanentJobError('interrupted')
      }
      const [before] = await rows()
      const one = runner({ test: { run } }, { leaseMs: 60 })
      await aborted.promise
      while (!chat.logged.some((line) => line.includes('another process took over a job'))) await one.idle()
      const [job] = await rows()
      expect(job).toMatchObject({ leaseOwner: 'another', attempts: 1, lastError: null, runAt: before!.runAt })
    },
  )

  test('takes effect exactly once if its handler completes it in a transaction', async () => {
    await add({ n: 1 })
    let runs = 0
    const run: JobHandler['run'] = async (_, { complete }) => {
      runs++
      await transaction(chat.deps, async (em) => {
        await enqueueJob(em, { kind: 'effect', payload: {} })
        await complete(em)
        if (runs === 1) throw new Error('crash before the commit')
      })
    }
    await runner({ test: { run } }).idle()
    expect([runs, (await rows()).map(({ kind }) => kind)]).toEqual([2, ['effect']])
  })

  test('is retried after a failure, with growing delays', async () => {
    const waits: number[] = []
    const backOff = (attempts: number) => {
      waits.push(attempts)
      return attempts === 3 ? HOUR : 0
    }
    const run = async () => {
      throw Object.assign(new Error('to ada@example.org'), { code: 'EAWAY' })
    }
    await add()
    await runner({ test: { run } }, { backOff }).idle()
    expect(waits).toEqual([1, 2, 3])
    const [job] = await rows()
    expect(job).toMatchObject({ attempts: 3, lastError: 'EAWAY' })
    expect(job!.leaseOwner ?? null).toBeNull()
    expect(job!.runAt.getTime()).toBeGreaterThan(chat.deps.now().getTime() + HOUR / 2)
    expect(chat.logged.join('')).not.toContain('ada@example.org')
  })

  test('is marked as failed after its last attempt, and keeps neither its payload nor its unique key', async () => {
    let runs = 0
    const run = async () => {
      runs++
      throw new TypeError('poison')
    }
    await add({ secret: 'link' }, { uniqueKey: 'key' })
    await runner({ test: { run } }, { maxAttempts: 3 }).idle()
    expect(runs).toBe(3)
    const [job] = await rows()
    expect(job).toMatchObject({
      failedAt: expect.any(Date),
      lastError: 'TypeError',
      payload: '{}',
      attempts: 3,
    })
    await add({}, { uniqueKey: 'key' })
    expect((await rows()).length).toBe(2)
  })

  test('is marked as failed if each attempt crashes its process', async () => {
    const handler = recordingHandler()
    await add()
    await em().nativeUpdate(JobEntity, {}, { attempts: 3, leaseOwner: 'dead', leasedUntil: new Date(0) })
    await runner({ test: handler }, { maxAttempts: 3 }).idle()
    expect(handler.seen).toEqual([])
    expect((await rows())[0]).toMatchObject({ failedAt: expect.any(Date), lastError: 'process ended' })
  })

  test('fails at once on a permanent error or a payload that is not JSON', async () => {
    let runs = 0
    const run = async () => {
      runs++
      throw new PermanentJobError('refused')
    }
    await add()
    await add({ cut: true })
    await em().nativeUpdate(JobEntity, { payload: '{"cut":true}' }, { payload: '{"cut' })
    await runner({ test: { run } }).idle()
    expect(runs).toBe(1)
    expect((await rows()).map(({ failedAt, attempts }) => [failedAt instanceof Date, attempts])).toEqual([
      [true, 1],
      [true, 1],
    ])
  })

  test.each([
    ['at the start', HOUR],
    ['while the runner runs', 0],
  ])(
    'is due after one interval at the latest if periodic, although the clock was ahead: %s',
    async (_, scheduleMs) => {
      const periodic = { tidy: { run: async () => {}, every: HOUR } }
      const scheduled = async () => (await rows())[0]?.runAt.getTime() ?? 0
      const untilScheduled = async (isRight: (at: number) => boolean) => {
        while (!isRight(await scheduled())) await new Promise((resolve) => setImmediate(resolve))
      }
      const options = { pollMs: 10, scheduleMs }
      const first = runner(periodic, options)
      await untilScheduled((at) => at > 0)
      if (scheduleMs > 0) await first.close()
      const nextYear = new Date(chat.deps.now().getTime() + 365 * 24 * HOUR)
      await em().nativeUpdate(JobEntity, { kind: 'tidy' }, { runAt: nextYear, dueAt: nextYear })
      if (scheduleMs > 0) runner(periodic, options)
      await untilScheduled((at) => at <= chat.deps.now().getTime() + HOUR)
      const [job] = await rows()
      expect(job!.dueAt).toEqual(job!.runAt)
      expect(job!.runAt.getTime()).toBeGreaterThan(chat.deps.now().getTime())
    },
  )

  test('is stored once if periodic, and runs at each interval, even after a failure', async () => {
    let runs = 0
    const run = async () => {
      if (++runs === 1) throw new Error('away')
    }
    const options = { backOff: () => 2 * HOUR, maxAttempts: 1 }
    const periodic = { tidy: { run, every: HOUR } }
    const both = [runner(periodic, options), runner(periodic, options)]
    const idle = () => Promise.all(both.map((one) => one.idle()))
    while ((await rows()).length === 0) await new Promise((resolve) => setImmediate(resolve))
    await idle()
    expect(runs).toBe(0)
    for (const expected of [1, 2, 3]) {
      chat.advance(3601)
      await idle()
      expect([runs, (await rows()).length]).toEqual([expected, 1])
      expect((await rows())[0]!.dueAt.getTime() > chat.deps.now().getTime()).toBe(expected > 1)
    }
  })

  test('is not taken by a process that found it due before another process ran it', async () => {
    const { orm, now } = chat.deps
    const due = new Date(now().getTime() - HOUR)
    await enqueueJobNow(chat.deps, { kind: 'tidy', payload: {}, runAt: due, uniqueKey: 'periodic' })
    const taker = (owner: string) => ({ owner, kinds: ['tidy'], running: [], leaseMs: 60_000 })
    const runElsewhere = async () => {
      const job = await takeJob(chat.deps, taker('fast'))
      const runAt = new Date(now().getTime() + HOUR)
      await postpone(
        chat.deps,
        { id: job!.id, owner: 'fast' },
        { runAt, dueAt: runAt, attempts: 0, lastError: null },
      )
    }
    const slowEm = orm.em.fork()
    const find = slowEm.find.bind(slowEm) as (...args: unknown[]) => Promise<unknown>
    const slow = Object.assign(slowEm, {
      fork: () => slowEm,
      async find(...args: unknown[]) {
        const found = await find(...args)
        await runElsewhere()
        return found
      },
    })
    expect(await takeJob({ now, orm: { em: slow } as never }, taker('slow'))).toBeNull()
  })

  test.each(['tidy', 'test'])(
    'of the kind %s runs again after its process crashed while its clock was ahead',
    async (kind) => {
      const { seen, run } = recordingHandler()
      const runAt = new Date(chat.deps.now().getTime() - HOUR)
      await enqueueJobNow(chat.deps, { kind, payload: {}, runAt, uniqueKey: 'periodic' })
      const leasedUntil = new Date(chat.deps.now().getTime() + 1000 * HOUR)
      await em().nativeUpdate(JobEntity, { kind }, { leaseOwner: 'crashed', leasedUntil, attempts: 1 })
      const taking = runner({ tidy: { run, every: HOUR }, test: { run } })
      while (seen.length === 0) await new Promise((resolve) => setImmediate(resolve))
      await taking.idle()
      expect(seen).toHaveLength(1)
    },
  )

  test('keeps a lease of another process whose clock is slightly ahead', async () => {
    const { seen, run } = recordingHandler()
    await add()
    const leasedUntil = new Date(chat.deps.now().getTime() + 90_000)
    await em().nativeUpdate(JobEntity, {}, { leaseOwner: 'other', leasedUntil, attempts: 1 })
    const waiting = runner({ test: { run }, tidy: { run, every: HOUR } })
    while ((await rows()).length === 1) await new Promise((resolve) => setImmediate(resolve))
    await waiting.idle()
    expect(seen).toEqual([])
    expect((await rows())[0]).toMatchObject({ leaseOwner: 'other', leasedUntil })
  })

  test('finishes before its runner closes', async () => {
    const started = Promise.withResolvers<void>()
    let aborted = false
    const run: JobHandler['run'] = async (_, { signal }) => {
      started.resolve()
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
      aborted = true
    }
    await add()
    const one = runner({ test: { run } }, { closeMs: 60_000 })
    await started.promise
    await one.close()
    expect(aborted).toBe(true)
    expect(await rows()).toEqual([])
  })
})

test('the back-off grows fourfold up to an hour, with 50% jitter', () => {
  expect([1, 2, 3, 7, 50].map((attempts) => exponentialBackOff(attempts, 0.5))).toEqual([
    1000, 4000, 16_000, 3_600_000, 3_600_000,
  ])
  expect([exponentialBackOff(1, 0), exponentialBackOff(1, 0.999)]).toEqual([500, 1499])
})
