import type { MessageView } from '../../src/messages/schema.ts'
import type { Outgoing } from '../chat/conversation-props.ts'
import { ApiError, isRetryable } from './api.ts'
import { backoff, type Clock } from './clock.ts'
import type { OutboxMessage, OutboxStore } from './outbox.ts'

/** The state of one conversation: one POST at a time, so that messages are stored in the order typed. */
type RecipientQueue = {
  isBusy: boolean
  /** A send was requested during an attempt: if that fails, the retry needs no back-off. */
  isRetryDue: boolean
  attempt: number
  cancelRetry: (() => void) | null
}

/**
 * Sends the messages in the outbox, for all conversations, until each one is confirmed, rejected or discarded.
 * A message keeps its `clientId`, an idempotency key, so that it is stored once however often and from whichever tab
 * it is sent.
 */
export class SendQueue {
  #messages: OutboxMessage[] = []
  readonly #queues = new Map<string, RecipientQueue>()
  /** Client IDs in the store: when one disappears from it, another tab has settled the message. */
  readonly #persisted = new Set<string>()
  /** Client IDs that the store had no room for. */
  readonly #unpersisted = new Set<string>()
  readonly #settled = new Set<string>()
  /** The last `retry-after`: when it ends by the clock, and its length in milliseconds. */
  #retryAfter = { until: 0, ms: 0 }

  constructor(
    readonly env: {
      post(to: string, message: { body: string; clientId: string }): Promise<MessageView>
      store: OutboxStore
      clock: Clock
      random: () => number
      uuid: () => string
      /** Explains a rejection in the viewer's language. */
      reason(rejection: ApiError): string
      /** The server rejects all messages to `to`, until this page is reloaded. */
      onClosed(to: string): void
      /** The server has stored a message; called before it leaves the outbox. null: it was edited since. */
      onStored(to: string, message: MessageView): void
      /** The result of {@link outgoing} for `to` has changed. */
      onChange(to: string): void
      /** Runs `task` while no other tab runs one of that name; without it, several tabs may send the same message. */
      exclusively?(name: string, task: () => Promise<void>): Promise<void>
    },
  ) {}

  /** Queues `body` unchanged, and returns its client ID. */
  send(to: string, body: string): string {
    const { clock, uuid } = this.env
    const at = Math.max(clock.now(), (this.#messages.at(-1)?.at ?? 0) + 1)
    const message = { clientId: uuid(), to, body, at }
    this.#messages.push(message)
    this.env.onChange(to)
    // Persisted before it is sent: a crash in between loses nothing.
    void this.#persist(message).then(() => this.#process(to))
    return message.clientId
  }

  /** The unconfirmed messages to `to`, in the order typed. */
  outgoing(to: string): Outgoing[] {
    return this.#messages.filter((message) => message.to === to).map(asOutgoing)
  }

  /**
   * At start, and whenever sending may work again: loads the messages that an earlier page or a closed tab left, drops
   * those that another tab has settled, and sends.
   */
  async resume(): Promise<void> {
    await this.#syncWithStore()
    for (const to of new Set(this.#messages.map((message) => message.to))) this.#process(to)
  }

  /** Sends a rejected message again. */
  retry(clientId: string): void {
    const message = this.#messages.find((message) => message.clientId === clientId)
    if (!message) return
    const { reason: _, ...pending } = message
    this.#replace(pending)
    this.#process(message.to)
  }

  /** Drops a rejected message. A message that is being sent cannot be recalled. */
  discard(clientId: string): void {
    const message = this.#messages.find((message) => message.clientId === clientId)
    if (message?.reason !== undefined) this.#settle(message)
  }

  /** These messages of mine are stored: the response was lost, or another tab sent them. */
  confirm(clientIds: ReadonlySet<string>): void {
    for (const message of this.#messages.filter(({ clientId }) => clientIds.has(clientId)))
      this.#settle(message)
  }

  async #process(to: string): Promise<void> {
    const queue = this.#queueFor(to)
    queue.isRetryDue = queue.isBusy
    if (queue.isBusy) return
    queue.isBusy = true
    queue.cancelRetry?.()
    queue.cancelRetry = null
    const { exclusively = (_, task) => task() } = this.env
    let isDone = false
    try {
      await exclusively(`send:${to}`, async () => {
        isDone = await this.#sendAll(to, queue)
      })
    } finally {
      queue.isBusy = false
    }
    if (!isDone) this.#scheduleRetry(to, queue)
    // Typed while the lock was being released.
    else if (this.#next(to)) void this.#process(to)
  }

  /** Returns whether all messages are settled. */
  async #sendAll(to: string, queue: RecipientQueue): Promise<boolean> {
    // Another tab may have persisted earlier messages, or sent some of these.
    await this.#syncWithStore()
    for (let message = this.#next(to); message; message = this.#next(to)) {
      if (this.#wait > 0 || !(await this.#attempt(message, queue))) return false
    }
    return true
  }

  /** Adds the messages that other tabs have persisted, and drops those that they have settled. */
  async #syncWithStore(): Promise<void> {
    const removed = new Set(this.#persisted)
    const kept = await this.env.store.all().catch(() => null)
    if (!kept) return
    const known = new Set(this.#messages.map((message) => message.clientId))
    const found = kept.filter(({ clientId }) => !known.has(clientId) && !this.#settled.has(clientId))
    for (const { clientId } of kept) removed.delete(clientId)
    for (const { clientId } of found) this.#persisted.add(clientId)
    const gone = this.#messages.filter(({ clientId }) => removed.has(clientId))
    this.#messages = this.#messages
      .filter((message) => !gone.includes(message))
      .concat(found)
      .sort((a, b) => a.at - b.at)
    for (const to of new Set([...found, ...gone].map((message) => message.to))) this.env.onChange(to)
  }

  /** Returns whether the next message may be sent. */
  async #attempt(message: OutboxMessage, queue: RecipientQueue): Promise<boolean> {
    const { clientId, to, body } = message
    try {
      const stored = await this.env.post(to, { body, clientId })
      queue.attempt = 0
      this.env.onStored(to, stored)
      this.#settle(message)
    } catch (error) {
      if (isRetryable(error)) {
        const retryAfter = error instanceof ApiError ? error.retryAfter : 0
        if (retryAfter > this.#wait)
          this.#retryAfter = { until: this.env.clock.now() + retryAfter, ms: retryAfter }
        return false
      }
      const rejection = error as ApiError
      this.#replace({ ...message, reason: this.env.reason(rejection) })
      if (rejection.problem.errors?.[0]?.code === 'undeliverable') this.env.onClosed(to)
    }
    return true
  }

  #scheduleRetry(to: string, queue: RecipientQueue): void {
    const { clock, random } = this.env
    const delay = queue.isRetryDue ? 0 : backoff(queue.attempt++, random)
    queue.cancelRetry = clock.after(Math.max(this.#wait, delay), () => this.#process(to))
  }

  /** Milliseconds left of the last `retry-after`; 0 when the clock was set back since, which makes it too long. */
  get #wait(): number {
    const left = this.#retryAfter.until - this.env.clock.now()
    return left > this.#retryAfter.ms ? 0 : left
  }

  #next(to: string): OutboxMessage | undefined {
    return this.#messages.find((message) => message.to === to && message.reason === undefined)
  }

  #queueFor(to: string): RecipientQueue {
    const queue = this.#queues.get(to) ?? { isBusy: false, isRetryDue: false, attempt: 0, cancelRetry: null }
    this.#queues.set(to, queue)
    return queue
  }

  #replace(message: OutboxMessage): void {
    const { clientId, to } = message
    if (!this.#messages.some((other) => other.clientId === clientId)) return
    this.#messages = this.#messages.map((other) => (other.clientId === clientId ? message : other))
    void this.#persist(message)
    this.env.onChange(to)
  }

  async #persist(message: OutboxMessage): Promise<void> {
    // Earlier messages that found no room are persisted first: else another tab would send this one before them.
    const earlier = this.#messages.filter(
      ({ clientId, to, at }) => to === message.to && at < message.at && this.#unpersisted.has(clientId),
    )
    for (const next of [...earlier, message]) if (!(await this.#put(next))) break
  }

  /** Returns whether there was room. */
  async #put(message: OutboxMessage): Promise<boolean> {
    const hadRoom = await this.env.store.put(message).catch(() => false)
    if (hadRoom) {
      this.#persisted.add(message.clientId)
      this.#unpersisted.delete(message.clientId)
    } else this.#unpersisted.add(message.clientId)
    // Confirmed while it was being written.
    if (this.#settled.has(message.clientId)) await this.env.store.remove(message.clientId).catch(() => {})
    return hadRoom
  }

  #settle({ clientId, to }: OutboxMessage): void {
    this.#settled.add(clientId)
    this.#persisted.delete(clientId)
    this.#unpersisted.delete(clientId)
    this.#messages = this.#messages.filter((message) => message.clientId !== clientId)
    void this.env.store.remove(clientId).catch(() => {})
    this.env.onChange(to)
  }
}

function asOutgoing({ clientId, body, at, reason }: OutboxMessage): Outgoing {
  const createdAt = new Date(at).toISOString()
  return reason === undefined
    ? { clientId, body, createdAt, state: 'sending' }
    : { clientId, body, createdAt, state: 'failed', reason }
}
