import type { ChangesView, MessagePageView, MessageView } from '../../src/messages/schema.ts'
import type { ConversationProps, Outgoing } from '../chat/conversation-props.ts'
import { isRetryable } from './api.ts'
import { backoff, type Clock } from './clock.ts'

export type ConversationSnapshot = Pick<ConversationProps, 'messages' | 'previous' | 'version' | 'outbox'>

/** How many messages a page keeps of a conversation while the reader is at its end. */
const WINDOW = 300
/** The window is trimmed when it is longer than it may be by this factor, so that not every message trims it. */
const WINDOW_SLACK = 1.2

/**
 * One conversation as this page holds it: a window of messages without a gap, from the first loaded to the newest,
 * as of `version`. Events only say that there is something to read; the truth comes from `changes`, however it was asked for.
 */
export class ConversationStore {
  #messages: readonly MessageView[]
  #version: number
  #previous: number | null
  /** Messages behind a gap: a later page of `changes`, or the answer to a read under way, fills it. */
  readonly #ahead = new Map<number, MessageView>()
  /** While an earlier page loads: changes below the window, which may be newer than what that page brings. */
  #below: Map<number, MessageView> | null = null
  /** The highest version that an event told of. */
  #told = 0
  #asked = false
  #reading: Promise<void> | null = null
  #loading: Promise<void> | null = null
  #attempt = 0
  #cancelRetry: (() => void) | null = null
  #isReaderAtEnd = false
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
      /** How many messages to keep; 300 unless given. */
      windowSize?: number
      /** What is not confirmed, in the order typed. */
      outgoing(): readonly Outgoing[]
      /** Messages of mine with these client IDs are stored. */
      onConfirmed(clientIds: ReadonlySet<string>): void
      /** What {@link view} answers is another now. */
      onChange(): void
      /** The server speaks of other people: somebody else has signed in to this browser. */
      onStranger(): void
    },
  ) {
    this.#messages = env.start.messages
    this.#version = env.start.version
    this.#previous = env.start.previous
  }

  /** What to show. A message that did not change is the same object as before. */
  view(): ConversationSnapshot {
    const mine = new Set(
      this.#messages.filter((message) => this.#isMine(message)).map(({ clientId }) => clientId),
    )
    // Stored, but behind a gap: still shown as being sent, or it would vanish until the gap is filled.
    const landing = [...this.#ahead.values()].filter((message) => this.#isMine(message)).map(asOutgoing)
    const known = new Set([...mine, ...landing.map(({ clientId }) => clientId)])
    return {
      messages: this.#messages,
      previous: this.#previous,
      version: this.#version,
      outbox: [...landing, ...this.env.outgoing().filter(({ clientId }) => !known.has(clientId))],
    }
  }

  /** An event told of this version of the conversation. */
  hear(version: number): void {
    if (version <= this.#version) return
    this.#told = Math.max(this.#told, version)
    if (!this.#reading) void this.catchUp()
  }

  /**
   * Reads what changed since the version held, until there is no more. At most one such read is under way; a call
   * meanwhile is one more read after it. Never rejects: a failed read is repeated with back-off.
   */
  catchUp(): Promise<void> {
    this.#asked = true
    this.#reading ??= this.#read()
    return this.#reading
  }

  /** Loads the page before the window; rejects when that fails. */
  loadEarlier(): Promise<void> {
    this.#loading ??= this.#loadEarlier().finally(() => {
      this.#loading = null
      if (this.#trim()) this.env.onChange()
    })
    return this.#loading
  }

  /** The answer to a send. */
  landed(message: MessageView): void {
    if (message.version > this.#version) {
      this.#merge([message])
      if (message.version === this.#version + 1) this.#version = message.version
      else void this.catchUp()
    }
    this.env.onChange()
  }

  /**
   * Whether the newest message is in view. While it is, the earliest messages of a long window are dropped: `loadEarlier`
   * loads them again. A reader who has scrolled back keeps all that is loaded.
   */
  setReaderAtEnd(isAtEnd: boolean): void {
    this.#isReaderAtEnd = isAtEnd
    if (this.#trim()) this.env.onChange()
  }

  /** Answers that come later change nothing any more. */
  close(): void {
    this.#closed = true
    this.#cancelRetry?.()
  }

  async #read(): Promise<void> {
    this.#cancelRetry?.()
    this.#cancelRetry = null
    while (!this.#closed && (this.#asked || this.#told > this.#version)) {
      this.#asked = false
      this.#told = 0
      try {
        await this.#readAll()
        this.#attempt = 0
      } catch (error) {
        if (isRetryable(error)) this.#readLater()
        break
      }
    }
    this.#reading = null
  }

  #readLater(): void {
    // What was asked for meanwhile does not wait for the next back-off: the network may be back.
    const wait = this.#asked ? 0 : backoff(this.#attempt++, this.env.random)
    if (!this.#closed) this.#cancelRetry = this.env.clock.after(wait, () => void this.catchUp())
  }

  async #readAll(): Promise<void> {
    for (let more = true; more && !this.#closed; ) {
      const since = this.#version
      const changes = await this.env.changes(this.env.person, since)
      if (this.#closed) return
      this.#merge(changes.results)
      this.#version = Math.max(this.#version, changes.version)
      if (changes.results.length > 0) this.env.onChange()
      more = changes.more && this.#version > since
    }
  }

  async #loadEarlier(): Promise<void> {
    if (this.#previous === null) return
    const below = new Map<number, MessageView>()
    this.#below = below
    try {
      const page = await this.env.earlier(this.env.person, this.#previous)
      if (this.#closed || !this.#isOurs(page.results)) return
      const older = page.results.filter((message) => message.seq < this.#first)
      this.#messages = [...older.map((message) => newer(message, below.get(message.seq))), ...this.#messages]
      this.#previous = page.previous
      this.env.onChange()
    } finally {
      this.#below = null
    }
  }

  #merge(changed: readonly MessageView[]): void {
    if (!this.#isOurs(changed)) return
    const first = this.#first
    const messages = [...this.#messages]
    for (const message of changed) {
      const place = message.seq - first
      // Not loaded: it comes as it is then, when that page is.
      if (place < 0) this.#below?.set(message.seq, newer(message, this.#below.get(message.seq)))
      else if (place < messages.length) messages[place] = newer(message, messages[place])
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

  /** Answers whether messages were dropped. Not while an earlier page loads, which would leave a gap behind it. */
  #trim(): boolean {
    const { windowSize = WINDOW } = this.env
    if (!this.#isReaderAtEnd || this.#loading || this.#messages.length <= windowSize * WINDOW_SLACK)
      return false
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
    if (!ours) this.env.onStranger()
    return ours
  }
}

/** Of two states of one message the later, and the one held when they are the same. */
function newer(message: MessageView, held: MessageView | undefined): MessageView {
  return held && held.version >= message.version ? held : message
}

function asOutgoing({ clientId, body, createdAt }: MessageView): Outgoing {
  return { clientId: clientId ?? '', body, createdAt, state: 'sending' }
}
