import { AsyncResource } from 'node:async_hooks'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { isLockConflict } from '../database/orm.ts'
import { isConnectionError, isDiskFull, Unavailable } from '../http/errors.ts'
import type { Deps } from '../process/deps.ts'
import { emit } from '../process/telemetry.ts'
import { appendMessages, type NewMessage, type Stored } from './append.ts'

/**
 * Messages of one process that may wait to be stored: about what a small machine stores in a second. Whoever came after
 * them would wait for longer than a repeated request does, and each takes memory, up to 16 KB.
 */
export const MAX_QUEUED = 1000

/** Messages in one transaction: at most some 2 MB, which is well within what MySQL takes at once. */
const BATCH_SIZE = 128

/** Milliseconds of the longest pause between two tries. */
const MAX_RETRY_PAUSE_MS = 50

const committers = new WeakMap<Deps, GroupCommit>()

type MessageToStore = Omit<NewMessage, 'attemptedSeq'> & {
  /** Called once the message is new in the database: also when that took so long that whoever sent it was put off. */
  onStored(row: Stored['row']): void
}

/**
 * Stores a message: resolves once it is committed. Its `seq` and `version` are taken under the lock of the conversation's
 * row, so both commit in their order.
 * @throws Unavailable when too many wait, or it could not be stored in time
 */
export async function storeMessage(deps: Deps, message: MessageToStore): Promise<Stored> {
  const committer = committers.get(deps) ?? new GroupCommit(deps)
  committers.set(deps, committer)
  return committer.add(message)
}

type QueuedMessage = MessageToStore & {
  attemptedSeq: NewMessage['attemptedSeq']
  answered: boolean
  answer: Promise<Stored>
  settle(outcome: Stored | Error): void
}

/**
 * Group commit (DeWitt et al., "Implementation techniques for main memory database systems", SIGMOD 1984): what takes time
 * is a transaction and its wait for the disk, and both take hardly longer for many messages than for one. So those that
 * arrive while a transaction is under way go together in the next. Nobody waits for company: the first goes at once, and
 * the busier it gets the more go together.
 *
 * All that is kept here are requests without an answer; only an answer takes one away. A round that fails leaves them where
 * they are, and the next tries again.
 */
class GroupCommit {
  /** Those of one conversation in order of arrival; first the conversation that has waited longest for its turn. */
  readonly #lanes = new Map<number, QueuedMessage[]>()
  #waiting = 0
  #running = false

  constructor(readonly deps: Deps) {}

  add(message: MessageToStore): Promise<Stored> {
    if (this.#waiting >= MAX_QUEUED) throw new Unavailable('Too many messages wait to be stored.')
    this.#waiting++
    const { promise: answer, resolve, reject } = Promise.withResolvers<Stored>()
    const lane = this.#lanes.get(message.conversation) ?? []
    this.#lanes.set(message.conversation, lane)
    const settle = (outcome: Stored | Error) => {
      if (waiting.answered) return
      waiting.answered = true
      clearTimeout(overdue)
      this.#waiting--
      lane.splice(lane.indexOf(waiting), 1)
      if (lane.length === 0) this.#lanes.delete(message.conversation)
      if (outcome instanceof Error) reject(outcome)
      else resolve(outcome)
    }
    // Stored with others, in whoever's turn: it is logged and traced as of the request that it came with.
    const onStored = AsyncResource.bind(message.onStored)
    const waiting: QueuedMessage = {
      ...message,
      onStored,
      attemptedSeq: null,
      answered: false,
      answer,
      settle,
    }
    const { request } = this.deps.databaseTimeouts
    const overdue = setTimeout(() => settle(new Unavailable('The database is busy.')), request)
    lane.push(waiting)
    if (!this.#running) void this.#run()
    return answer
  }

  async #run(): Promise<void> {
    this.#running = true
    for (let failed = 0; ; ) {
      // Requests that came in together reach this point together.
      await setImmediate()
      const batch = this.#next()
      if (batch.length === 0) break
      // A database that hangs keeps the round, but only as long as somebody waits for it.
      const given = Promise.allSettled(batch.map(({ answer }) => answer))
      await Promise.race([this.#store(batch), given])
      failed = batch.some(({ answered }) => answered) ? 0 : failed + 1
      if (failed) await sleep(Math.random() * Math.min(5 * 2 ** failed, MAX_RETRY_PAUSE_MS))
    }
    this.#running = false
  }

  /** Whoever goes now has their next turn after all others. */
  #next(): QueuedMessage[] {
    const batch = [...this.#lanes.values()].flat().slice(0, BATCH_SIZE)
    for (const conversation of new Set(batch.map((waiting) => waiting.conversation))) {
      const lane = this.#lanes.get(conversation)!
      this.#lanes.delete(conversation)
      this.#lanes.set(conversation, lane)
    }
    return batch
  }

  /** One transaction for all; when the database refuses it, one for each half, until who was to blame is alone. */
  async #store(all: QueuedMessage[]): Promise<void> {
    const batch = all.filter(({ answered }) => !answered)
    if (batch.length === 0) return
    const start = performance.now()
    try {
      const stored = await this.deps.orm.em.fork().transactional(async (em) => {
        const outcomes = await appendMessages(this.deps, em, batch)
        for (const [waiting, { row, created }] of outcomes) if (created) waiting.attemptedSeq = row.seq
        return outcomes
      })
      for (const [waiting, outcome] of stored) {
        if (outcome.created) waiting.onStored(outcome.row)
        waiting.settle(outcome)
      }
      if (stored.size > 0) emit('chatapp:commit', { messages: stored.size, ms: performance.now() - start })
    } catch (error) {
      if (this.#isPassing(error, batch)) return
      if (batch.length === 1 || isDiskFull(error)) {
        for (const waiting of batch) waiting.settle(error as Error)
        return
      }
      const middle = batch.length >> 1
      await this.#store(batch.slice(0, middle))
      await this.#store(batch.slice(middle))
    }
  }

  /** Whether the same may go well in a moment. */
  #isPassing(error: unknown, batch: QueuedMessage[]): boolean {
    const { orm, log } = this.deps
    const isUndone = isLockConflict(orm.em.getDriver().convertException(error as Error))
    if (!isUndone && !isConnectionError(error)) return false
    log.debug({ reason: String(error), messages: batch.length }, 'messages are tried again')
    // It may have been committed. Without a client ID a second try might make two of it.
    const unknown = batch.filter(
      ({ attemptedSeq, clientId }) => !isUndone && attemptedSeq !== null && clientId === null,
    )
    for (const { settle } of unknown)
      settle(new Unavailable('The database broke off: whether it was stored is not known.'))
    return true
  }
}
