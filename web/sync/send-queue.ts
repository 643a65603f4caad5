import type { MessageView } from '../../src/messages/schema.ts'
import type { Outgoing } from '../chat/conversation-props.ts'
import { ApiError, isRetryable } from './api.ts'
import { backoff, type Clock } from './clock.ts'
import type { OutboxMessage, OutboxStore } from './outbox.ts'

/** The sending of one conversation: one POST at a time, so that the order typed is the order stored. */
type RecipientQueue = {
  busy: boolean
  /** Sending was asked for while an attempt was under way, which may hang on a connection that is gone. */
  asked: boolean
  attempt: number
  cancelRetry: (() => void) | null
}

/**
 * Sends what is in the outbox, of all conversations, until each message is confirmed, refused or discarded.
 * A message keeps its `clientId` for ever, so that it lands once however often it is sent, from however many tabs.
 */
export class SendQueue {
  #messages: OutboxMessage[] = []
  readonly #lanes = new Map<string, RecipientQueue>()
  /** Client IDs known to be in the store: one that is gone from there was settled by another tab. */
  readonly #stored = new Set<string>()
  /** Those that the store had no room for. */
  readonly #homeless = new Set<string>()
  readonly #settled = new Set<string>()
  /** What the server asked for: until when by the clock, and how many milliseconds in all. */
  #rest = { until: 0, ms: 0 }

  constructor(
    readonly env: {
      post(to: string, message: { body: string; clientId: string }): Promise<MessageView>
      store: OutboxStore
      clock: Clock
      random: () => number
      uuid: () => string
      /** Why the server refused it, in the reader's language. */
      reason(refused: ApiError): string
      /** The server does not take what is sent to `to`, until this page is loaded anew. */
      onClosed(to: string): void
      /** The server has it; called before it leaves the outbox. null: as another text by now. */
      onLanded(to: string, message: MessageView | null): void
      /** What {@link outgoing} answers for `to` is another now. */
      onChange(to: string): void
      /** Runs `task` while no other tab runs one of that name; without it, several may send the same message. */
      exclusively?(name: string, task: () => Promise<void>): Promise<void>
    },
  ) {}

  /** Takes the text as it is; answers its client ID. */
  send(to: string, body: string): string {
    const { clock, uuid } = this.env
    const at = Math.max(clock.now(), (this.#messages.at(-1)?.at ?? 0) + 1)
    const message = { clientId: uuid(), to, body, at }
    this.#messages.push(message)
    this.env.onChange(to)
    // Kept first, then sent: a crash in between loses nothing.
    void this.#keep(message).then(() => this.#pump(to))
    return message.clientId
  }

  /** What is not confirmed for `to`, in the order typed. */
  outgoing(to: string): Outgoing[] {
    return this.#messages.filter((message) => message.to === to).map(shown)
  }

  /**
   * At start, and whenever sending may work again: takes up what an earlier page or a closed tab left, lets go of
   * what another tab has settled, and sends.
   */
  async resume(): Promise<void> {
    await this.#adopt()
    for (const to of new Set(this.#messages.map((message) => message.to))) this.#pump(to)
  }

  /** Sends again what was refused. */
  retry(clientId: string): void {
    const message = this.#messages.find((message) => message.clientId === clientId)
    if (!message) return
    const { reason: _, ...again } = message
    this.#replace(again)
    this.#pump(message.to)
  }

  /** Drops what was refused. What is being sent can not be called back. */
  discard(clientId: string): void {
    const message = this.#messages.find((message) => message.clientId === clientId)
    if (message?.reason !== undefined) this.#settle(message)
  }

  /** These of mine are in the conversation: the answer was lost, or another tab sent them. */
  confirmed(clientIds: ReadonlySet<string>): void {
    for (const message of this.#messages.filter(({ clientId }) => clientIds.has(clientId)))
      this.#settle(message)
  }

  async #pump(to: string): Promise<void> {
    const lane = this.#lane(to)
    lane.asked = lane.busy
    if (lane.busy) return
    lane.busy = true
    lane.cancelRetry?.()
    lane.cancelRetry = null
    const { exclusively = (_, task) => task() } = this.env
    let done = false
    try {
      await exclusively(`send:${to}`, async () => {
        done = await this.#sendAll(to, lane)
      })
    } finally {
      lane.busy = false
    }
    if (!done) this.#later(to, lane)
    // Typed while the lock was given back.
    else if (this.#next(to)) void this.#pump(to)
  }

  /** Answers whether everything is settled. */
  async #sendAll(to: string, lane: RecipientQueue): Promise<boolean> {
    // What another tab wrote before goes before, and what it has sent meanwhile is done.
    await this.#adopt()
    for (let message = this.#next(to); message; message = this.#next(to)) {
      if (this.#wait > 0 || !(await this.#attempt(message, lane))) return false
    }
    return true
  }

  /** Brings what this page holds in line with the store. */
  async #adopt(): Promise<void> {
    const stored = new Set(this.#stored)
    const kept = await this.env.store.all().catch(() => null)
    if (!kept) return
    const known = new Set(this.#messages.map((message) => message.clientId))
    const found = kept.filter(({ clientId }) => !known.has(clientId) && !this.#settled.has(clientId))
    for (const { clientId } of kept) stored.delete(clientId)
    for (const { clientId } of found) this.#stored.add(clientId)
    const gone = this.#messages.filter(({ clientId }) => stored.has(clientId))
    this.#messages = this.#messages
      .filter((message) => !gone.includes(message))
      .concat(found)
      .sort((a, b) => a.at - b.at)
    for (const to of new Set([...found, ...gone].map((message) => message.to))) this.env.onChange(to)
  }

  /** Answers whether the next may go. */
  async #attempt(message: OutboxMessage, lane: RecipientQueue): Promise<boolean> {
    const { clientId, to, body } = message
    try {
      const landed = await this.env.post(to, { body, clientId }).catch(changedSince)
      lane.attempt = 0
      this.env.onLanded(to, landed)
      this.#settle(message)
    } catch (error) {
      if (isRetryable(error)) {
        const asked = error instanceof ApiError ? error.retryAfter : 0
        if (asked > this.#wait) this.#rest = { until: this.env.clock.now() + asked, ms: asked }
        return false
      }
      const refused = error as ApiError
      this.#replace({ ...message, reason: this.env.reason(refused) })
      if (refused.problem.errors?.[0]?.code === 'undeliverable') this.env.onClosed(to)
    }
    return true
  }

  #later(to: string, lane: RecipientQueue): void {
    const { clock, random } = this.env
    const delay = lane.asked ? 0 : backoff(lane.attempt++, random)
    lane.cancelRetry = clock.after(Math.max(this.#wait, delay), () => this.#pump(to))
  }

  /** Milliseconds that the server asked us to wait. More of them than it asked for: the clock was set back since. */
  get #wait(): number {
    const left = this.#rest.until - this.env.clock.now()
    return left > this.#rest.ms ? 0 : left
  }

  #next(to: string): OutboxMessage | undefined {
    return this.#messages.find((message) => message.to === to && message.reason === undefined)
  }

  #lane(to: string): RecipientQueue {
    const lane = this.#lanes.get(to) ?? { busy: false, asked: false, attempt: 0, cancelRetry: null }
    this.#lanes.set(to, lane)
    return lane
  }

  #replace(message: OutboxMessage): void {
    const { clientId, to } = message
    if (!this.#messages.some((other) => other.clientId === clientId)) return
    this.#messages = this.#messages.map((other) => (other.clientId === clientId ? message : other))
    void this.#keep(message)
    this.env.onChange(to)
  }

  async #keep(message: OutboxMessage): Promise<void> {
    // What was typed before and found no room goes before it here, too: another tab would send this one without it.
    const before = this.#messages.filter(
      ({ clientId, to, at }) => to === message.to && at < message.at && this.#homeless.has(clientId),
    )
    for (const next of [...before, message]) if (!(await this.#put(next))) break
  }

  /** Answers whether there was room. */
  async #put(message: OutboxMessage): Promise<boolean> {
    const hadRoom = await this.env.store.put(message).catch(() => false)
    if (hadRoom) {
      this.#stored.add(message.clientId)
      this.#homeless.delete(message.clientId)
    } else this.#homeless.add(message.clientId)
    // Confirmed while it was being written.
    if (this.#settled.has(message.clientId)) await this.env.store.remove(message.clientId).catch(() => {})
    return hadRoom
  }

  #settle({ clientId, to }: OutboxMessage): void {
    this.#settled.add(clientId)
    this.#stored.delete(clientId)
    this.#homeless.delete(clientId)
    this.#messages = this.#messages.filter((message) => message.clientId !== clientId)
    void this.env.store.remove(clientId).catch(() => {})
    this.env.onChange(to)
  }
}

function shown({ clientId, body, at, reason }: OutboxMessage): Outgoing {
  const createdAt = new Date(at).toISOString()
  return reason === undefined
    ? { clientId, body, createdAt, state: 'sending' }
    : { clientId, body, createdAt, state: 'failed', reason }
}

/** "Used for another text" of an ID that nobody else has: an earlier attempt landed, and was edited since. */
function changedSince(error: unknown): null {
  if (error instanceof ApiError && error.status === 409) return null
  throw error
}
