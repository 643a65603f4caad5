import type { ChangesView, MessagePageView, MessageView } from '../../src/messages/schema.ts'
import type { ConversationProps, Outgoing } from '../chat/conversation-props.ts'
import { isBehind, isRetryable } from './api.ts'
import { backoff, type Clock } from './clock.ts'

export type ConversationSnapshot = Pick<ConversationProps, 'messages' | 'previous' | 'version' | 'outbox'>

/** The number of messages kept of a conversation while the user is at its end. */
const WINDOW = 300
/** The window is trimmed only when it exceeds its size by this factor, not at every message. */
const WINDOW_SLACK = 1.2

/**
 * Milliseconds between reads until the version of an event is there: the database node that answers may lag behind the one
 * that stored it. After the last one, about a minute later, the periodic catch-up reads on.
 */
export const LAG_DELAYS_MS = [50, 100, 200, 400, 800, 1600, 3200, ...Array<number>(10).fill(5000)]

/** Milliseconds to wait for the response to a send. The event of the message often arrives before it. */
const RESPONSE_WAIT_MS = 100

/**
 * The loaded messages of one conversation: a window without gaps, from the first loaded to the newest, as of `version`.
 * Events are only hints that there is something to read; the messages come from `changes`.
 */
export class ConversationStore {
  #messages: readonly MessageView[]
  #version: number
  #previous: number | null
  /** Messages after a gap, which a later page of `changes` or a pending read fills. */
  readonly #ahead = new Map<number, MessageView>()
  /** Set while an earlier page loads: changes before the window, which may be newer than that page. */
  #changedBefore: Map<number, MessageView> | null = null
  /** The highest version in an event or in the response to a send. */
  #hintedVersion = 0
  /** An event arrived after the latest read began. */
  #isHintNew = false
  #isReadDue = false
  #reading: Promise<void> | null = null
  #loading: Promise<void> | null = null
  #attempt = 0
  /** Reads in a row that did not reach the version of an event. */
  #lagging = 0
  #cancelRetry: (() => void) | null = null
  #cancelWait: (() => void) | null = null
  #isAtEnd = false
  #closed = false

  constructor(
    readonly env: {
      me: string
      person: string
      start: Pick<ConversationProps, 'messages' | 'previous' | 'version'>
      changes(person: string, since: number): Promise<ChangesView>
      earlier(person: string, before: number): Promise<MessagePageView>
      clock: Clock
      random: () => number
      /** The number of messages to keep; default 300. */
      windowSize?: number
      /** The unconfirmed messages, in the order typed. */
      outgoing(): readonly Outgoing[]
      /** My messages with these client IDs are stored. */
      onConfirmed(clientIds: ReadonlySet<string>): void
      /** The result of {@link view} has changed. */
      onChange(): void
      /** The conversation is another one: another account is signed in to this browser, or the person deleted theirs. */
      onMoved(): void
    },
  ) {
    this.#messages = env.start.messages
    this.#version = env.start.version
    this.#previous = env.start.previous
  }

  /** A snapshot to render. Unchanged messages are the same objects as before. */
  view(): ConversationSnapshot {
    // Stored, but after a gap: shown as being sent, or it would disappear until the gap is filled.
    const afterGap = [...this.#ahead.values()].filter((message) => this.#isMine(message)).map(asOutgoing)
    const outgoing = this.env.outgoing()
    const stored = [...this.#ahead.values(), ...(outgoing.length > 0 ? this.#messages : [])]
    const known = new Set(stored.filter((message) => this.#isMine(message)).map(({ clientId }) => clientId))
    return {
      messages: this.#messages,
      previous: this.#previous,
      version: this.#version,
      outbox: [...afterGap, ...outgoing.filter(({ clientId }) => !known.has(clientId))],
    }
  }

  /** Reads the changes if `version`, from an event, is new, and again until it is reached. */
  onVersionHint(version: number): void {
    if (version <= this.#version) return
    if (version > this.#hintedVersion) this.#lagging = 0
    this.#hintedVersion = Math.max(this.#hintedVersion, version)
    this.#isHintNew = true
    if (this.#reading) return
    const isSending = this.env.outgoing().some(({ state }) => state === 'sending')
    if (!isSending || version > this.#version + 1) void this.catchUp()
    else if (!this.#cancelWait) this.#waitForResponse()
  }

  /**
   * Reads all changes since the current version. Reads never overlap; calls during a read are merged into one more read
   * after it. Never rejects: a failed read is retried with back-off.
   */
  catchUp(): Promise<void> {
    this.#isReadDue = true
    this.#reading ??= this.#read()
    return this.#reading
  }

  /** Loads the page before the window; rejects if that fails. */
  loadEarlier(): Promise<void> {
    this.#loading ??= this.#loadEarlier().finally(() => {
      this.#loading = null
      if (this.#trim()) this.env.onChange()
    })
    return this.#loading
  }

  /** The server has stored `message`, which was sent from this page. */
  onStored(message: MessageView): void {
    this.#endWait()
    if (message.version > this.#version) {
      this.#merge([message])
      if (message.version === this.#version + 1) this.#version = message.version
      else this.onVersionHint(message.version)
    }
    if (this.#isBehindHint && !this.#reading) void this.catchUp()
    this.env.onChange()
  }

  /**
   * Whether the newest message is in view. While it is, the earliest messages of a long window are dropped; `loadEarlier`
   * loads them again. While it is not, all loaded messages are kept.
   */
  setAtEnd(isAtEnd: boolean): void {
    this.#isAtEnd = isAtEnd
    if (this.#trim()) this.env.onChange()
  }

  /** Later responses have no effect. */
  close(): void {
    this.#closed = true
    this.#cancelRetry?.()
    this.#endWait()
  }

  /** The next version may be the message that is being sent, which {@link onStored} then adds without a request. */
  #waitForResponse(): void {
    this.#cancelWait = this.env.clock.after(RESPONSE_WAIT_MS, () => {
      this.#endWait()
      if (this.#isBehindHint) void this.catchUp()
    })
  }

  #endWait(): void {
    this.#cancelWait?.()
    this.#cancelWait = null
  }

  async #read(): Promise<void> {
    this.#endWait()
    this.#cancelRetry?.()
    this.#cancelRetry = null
    let isServerBehind = false
    while (!this.#closed && (this.#isReadDue || (this.#isHintNew && this.#isBehindHint))) {
      this.#isReadDue = false
      this.#isHintNew = false
      try {
        isServerBehind = false
        await this.#readAll()
        this.#attempt = 0
      } catch (error) {
        isServerBehind = isBehind(error)
        if (isServerBehind) continue
        // A read requested meanwhile does not wait for the back-off: the network may be back.
        if (isRetryable(error))
          this.#scheduleRead(this.#isReadDue ? 0 : backoff(this.#attempt++, this.env.random))
        this.#reading = null
        return
      }
    }
    this.#reading = null
    if (isServerBehind || this.#isBehindHint) this.#scheduleRead(LAG_DELAYS_MS[this.#lagging++])
    else this.#lagging = 0
  }

  get #isBehindHint(): boolean {
    return this.#hintedVersion > this.#version
  }

  /** Does nothing without a `delay`. */
  #scheduleRead(delay: number | undefined): void {
    if (this.#closed || delay === undefined) return
    this.#cancelRetry = this.env.clock.after(delay, () => void this.catchUp())
  }

  async #readAll(): Promise<void> {
    for (let more = true; more && !this.#closed; ) {
      const since = this.#version
      const changes = await this.env.changes(this.env.person, since)
      if (this.#closed) return
      if (changes.person.username !== this.env.person) return this.env.onMoved()
      this.#merge(changes.results)
      this.#version = Math.max(this.#version, changes.version)
      if (changes.results.length > 0) this.env.onChange()
      more = changes.more && this.#version > since
    }
  }

  async #loadEarlier(): Promise<void> {
    if (this.#previous === null) return
    const changed = new Map<number, MessageView>()
    this.#changedBefore = changed
    try {
      const page = await this.env.earlier(this.env.person, this.#previous)
      if (this.#closed || !this.#isOurs(page.results)) return
      const older = page.results.filter((message) => message.seq < this.#first)
      this.#messages = [
        ...older.map((message) => newer(message, changed.get(message.seq))),
        ...this.#messages,
      ]
      this.#previous = page.previous
      this.env.onChange()
    } finally {
      this.#changedBefore = null
    }
  }

  #merge(changed: readonly MessageView[]): void {
    if (!this.#isOurs(changed)) return
    const first = this.#first
    const messages = [...this.#messages]
    for (const message of changed) {
      const index = message.seq - first
      // Not loaded: its page will contain the newest state.
      if (index < 0)
        this.#changedBefore?.set(message.seq, newer(message, this.#changedBefore.get(message.seq)))
      else if (index < messages.length) messages[index] = newer(message, messages[index])
      else this.#ahead.set(message.seq, newer(message, this.#ahead.get(message.seq)))
    }
    for (let seq = first + messages.length; ; seq++) {
      const next = this.#ahead.get(seq)
      if (!next) break
      messages.push(next)
      this.#ahead.delete(seq)
    }
    this.#messages = messages
    this.#trim()
    const mine = changed.filter((message) => this.#isMine(message)).map(({ clientId }) => clientId)
    if (mine.length > 0) this.env.onConfirmed(new Set(mine as string[]))
  }

  /** Returns whether messages were dropped. Does nothing while an earlier page loads: that would leave a gap after it. */
  #trim(): boolean {
    const { windowSize = WINDOW } = this.env
    if (!this.#isAtEnd || this.#loading || this.#messages.length <= windowSize * WINDOW_SLACK) return false
    this.#messages = this.#messages.slice(-windowSize)
    this.#previous = this.#first
    return true
  }

  get #first(): number {
    return this.#messages[0]?.seq ?? 1
  }

  #isMine(message: MessageView): boolean {
    return message.clientId !== null && message.sender === this.env.me
  }

  #isOurs(messages: readonly MessageView[]): boolean {
    const { me, person } = this.env
    const ours = messages.every(
      ({ sender, recipient }) =>
        (sender === me && recipient === person) || (sender === person && recipient === me),
    )
    if (!ours) this.env.onMoved()
    return ours
  }
}

/** The newer of two states of a message; `known` if they are the same. */
function newer(message: MessageView, known: MessageView | undefined): MessageView {
  return known && known.version >= message.version ? known : message
}

function asOutgoing({ clientId, body, createdAt }: MessageView): Outgoing {
  return { clientId: clientId ?? '', body, createdAt, state: 'sending' }
}
