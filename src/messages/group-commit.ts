import { AsyncResource } from 'node:async_hooks'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { UniqueConstraintViolationException } from '@mikro-orm/core'
import { isLockConflict } from '../database/orm.ts'
import { isConnectionError, isDiskFull, Unavailable } from '../http/errors.ts'
import type { Deps } from '../process/deps.ts'
import { reasonOf } from '../process/reason.ts'
import { emit } from '../process/telemetry.ts'
import { type AppendOutcome, appendMessages, type NewMessage, type Stored } from './append.ts'
import { ClientIdReused } from './errors.ts'
import { runMessageStoredHooks, type StoredMessage } from './on-message-stored.ts'

/**
 * Limit of queued messages in one process: about one second of work for a small machine. Further ones would wait longer than
 * a client waits before it retries. Each takes up to 16 KB of memory.
 */
export const MAX_QUEUED = 1000

/** Messages in one transaction: at most about 2 MB, well below the largest packet of MySQL. */
const BATCH_SIZE = 128

/** The longest pause between two attempts, in milliseconds. */
const MAX_RETRY_PAUSE_MS = 50

type MessageToStore = Omit<NewMessage, 'attemptedSeq'> & Omit<StoredMessage, 'row'>

/**
 * Stores a message and resolves after the commit. `seq` and `version` are assigned under the lock of the conversation's row,
 * so they commit in order. For a new message, the hooks of `deps.onMessageStored` then run, even if the request has timed out.
 * @throws Conflict when the client ID was used for another body; Unavailable when the queue is full or the database is too slow
 */
export async function storeMessage(deps: Deps, message: MessageToStore): Promise<Stored> {
  return deps.groupCommit.add(deps, message)
}

type QueuedMessage = MessageToStore & {
  attemptedSeq: NewMessage['attemptedSeq']
  answered: boolean
  answer: Promise<Stored>
  settle(outcome: Stored | Error): void
  runHooks(row: Stored['row']): void
}

/**
 * Group commit (DeWitt et al., "Implementation techniques for main memory database systems", SIGMOD 1984): the cost of a
 * transaction and its disk flush is nearly the same for many messages as for one. Messages that arrive while a transaction
 * is running share the next one. The first message does not wait for others, and batches grow with the load.
 *
 * A message stays in the queue until its request is answered, so a failed round leaves its messages for the next round.
 *
 * A process has one, in `Deps`. Messages of copies of those `Deps` share its transactions, so copies with another database
 * or clock need their own.
 */
export class GroupCommit {
  /** Messages by conversation, in order of arrival. The conversation that has waited longest comes first. */
  readonly #lanes = new Map<number, QueuedMessage[]>()
  #waiting = 0
  #running = false

  add(deps: Deps, message: MessageToStore): Promise<Stored> {
    if (this.#waiting >= MAX_QUEUED) throw new Unavailable('Too many messages are waiting to be stored.')
    this.#waiting++
    const { promise: answer, resolve, reject } = Promise.withResolvers<Stored>()
    const lane = this.#lanes.get(message.conversation) ?? []
    this.#lanes.set(message.conversation, lane)
    const settle = (outcome: Stored | Error) => {
      if (queued.answered) return
      queued.answered = true
      clearTimeout(timeout)
      this.#waiting--
      lane.splice(lane.indexOf(queued), 1)
      if (lane.length === 0) this.#lanes.delete(message.conversation)
      if (outcome instanceof Error) reject(outcome)
      else resolve(outcome)
    }
    const { people, requestedAt } = message
    // A batch runs in the async context of one of its requests. Hooks must run in that of their own message.
    const runHooks = AsyncResource.bind((row: Stored['row']) =>
      runMessageStoredHooks(deps, { row, people, requestedAt }),
    )
    const queued: QueuedMessage = {
      ...message,
      attemptedSeq: null,
      answered: false,
      answer,
      settle,
      runHooks,
    }
    const { request } = deps.databaseTimeouts
    const timeout = setTimeout(() => settle(new Unavailable('The database is busy.')), request)
    lane.push(queued)
    if (!this.#running) void this.#run(deps)
    return answer
  }

  async #run(deps: Deps): Promise<void> {
    this.#running = true
    for (let failed = 0; ; ) {
      // Let requests that arrive together reach the queue before the batch is taken.
      await setImmediate()
      const batch = this.#nextBatch()
      if (batch.length === 0) break
      // A hanging database must not delay the next round once all requests of this one have timed out.
      const allAnswered = Promise.allSettled(batch.map(({ answer }) => answer))
      await Promise.race([this.#store(deps, batch), allAnswered])
      failed = batch.some(({ answered }) => answered) ? 0 : failed + 1
      if (failed) await sleep(Math.random() * Math.min(5 * 2 ** failed, MAX_RETRY_PAUSE_MS))
    }
    this.#running = false
  }

  /** Takes the next messages and moves their conversations to the end of the queue. */
  #nextBatch(): QueuedMessage[] {
    const batch = [...this.#lanes.values()].flat().slice(0, BATCH_SIZE)
    for (const conversation of new Set(batch.map((message) => message.conversation))) {
      const lane = this.#lanes.get(conversation)!
      this.#lanes.delete(conversation)
      this.#lanes.set(conversation, lane)
    }
    return batch
  }

  /** Stores the messages in one transaction, then runs their hooks and answers their requests. */
  async #store(deps: Deps, messages: QueuedMessage[]): Promise<void> {
    const batch = messages.filter(({ answered }) => !answered)
    if (batch.length === 0) return
    const start = performance.now()
    let outcomes: Map<QueuedMessage, AppendOutcome>
    try {
      outcomes = await this.#commit(deps, batch)
    } catch (error) {
      return this.#handleFailure(deps, batch, error as Error)
    }
    for (const [message, outcome] of outcomes) {
      if (outcome !== 'conflict' && outcome.created) message.runHooks(outcome.row)
      message.settle(outcome === 'conflict' ? new ClientIdReused() : outcome)
    }
    if (outcomes.size > 0) emit('chatapp:commit', { messages: outcomes.size, ms: performance.now() - start })
  }

  async #commit(deps: Deps, batch: QueuedMessage[]): Promise<Map<QueuedMessage, AppendOutcome>> {
    const earlier = batch.map(({ attemptedSeq }) => attemptedSeq)
    const append = (mayRepeat: boolean) =>
      deps.orm.em.fork().transactional(async (em) => {
        const outcomes = await appendMessages(deps, em, { messages: batch, mayRepeat })
        for (const [message, outcome] of outcomes) {
          if (outcome !== 'conflict' && outcome.created) message.attemptedSeq = outcome.row.seq
        }
        return outcomes
      })
    try {
      return await append(false).catch((error) => {
        if (isRepeatedSend(deps, error)) return append(true)
        throw error
      })
    } catch (error) {
      // Otherwise the message of another process at the same position would be taken for this attempt's.
      if (wasUndone(deps, error)) {
        for (const [n, message] of batch.entries()) message.attemptedSeq = earlier[n]!
      }
      throw error
    }
  }

  /** Leaves the batch in the queue, fails it, or bisects it until the message that the database rejects is alone. */
  async #handleFailure(deps: Deps, batch: QueuedMessage[], error: Error): Promise<void> {
    if (this.#canRetry(deps, batch, error)) return
    if (batch.length === 1 || isDiskFull(error)) {
      for (const message of batch) message.settle(error)
      return
    }
    const middle = batch.length >> 1
    await this.#store(deps, batch.slice(0, middle))
    await this.#store(deps, batch.slice(middle))
  }

  /** Whether the same batch may succeed soon. */
  #canRetry(deps: Deps, batch: QueuedMessage[], error: Error): boolean {
    const rolledBack = wasUndone(deps, error)
    if (!rolledBack && !isConnectionError(error)) return false
    deps.log.debug({ reason: reasonOf(error), messages: batch.length }, 'storing messages again')
    // The transaction may have committed, so a retry could store a message without a client ID twice.
    const uncertain = batch.filter(
      ({ attemptedSeq, clientId }) => !rolledBack && attemptedSeq !== null && clientId === null,
    )
    for (const { settle } of uncertain)
      settle(
        new Unavailable('The database connection was lost. It is not known whether the message was stored.'),
      )
    return true
  }
}

/** The keys of a message's `seq` and `version` in the error messages of MySQL. */
const POSITION_KEYS = /for key '(?:message\.)?(?:PRIMARY|message_conversation_id_version_unique)'/

/** Whether a message with the same client ID is stored. */
function isRepeatedSend({ orm }: Deps, error: unknown): boolean {
  const converted = orm.em.getDriver().convertException(error as Error)
  return converted instanceof UniqueConstraintViolationException && !POSITION_KEYS.test(converted.message)
}

/**
 * Whether the transaction was undone because of another one. With an engine that ignores `for update skip locked`, such as TiDB,
 * another process may have stored a message at the same position.
 */
function wasUndone({ orm }: Deps, error: unknown): boolean {
  const converted = orm.em.getDriver().convertException(error as Error)
  if (isLockConflict(converted)) return true
  return converted instanceof UniqueConstraintViolationException && POSITION_KEYS.test(converted.message)
}
