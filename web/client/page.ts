import type { LiveEventView } from '../../src/live/schema.ts'
import type { MessageView } from '../../src/messages/schema.ts'
import type { ConversationProps } from '../chat/conversation-props.ts'
import { type ApiError, createApi } from '../sync/api.ts'
import type { Clock } from '../sync/clock.ts'
import type { Transport } from '../sync/connection.ts'
import { ConversationStore } from '../sync/conversation-store.ts'
import type { OutboxStore } from '../sync/outbox.ts'
import { createReadMark } from '../sync/read-mark.ts'
import { SendQueue } from '../sync/send-queue.ts'
import { type Channel, SharedConnection } from '../sync/shared-connection.ts'
import { type Locks, withTabLock } from '../sync/web-locks.ts'
import { createConversationList, type ListView } from './conversation-list.ts'

/** The environment of a page: a browser, a simulated one, or a headless client. */
export type PageEnv = {
  /** The username of the signed-in user. */
  me: string
  fetch(path: string, init: RequestInit): Promise<Response>
  clock: Clock
  /** The clock of the live connection; default `clock`. */
  connectionClock?: Clock
  /** A number from 0 up to, but not including, 1. */
  random(): number
  uuid(): string
  outbox: OutboxStore
  /** Locks and channels shared by the tabs of one browser; null: this page has no other tabs. */
  tabs: { locks: Locks; open(name: string): Channel } | null
  /** Best first. */
  transports: readonly Transport[]
  /** The number of messages to keep of an open conversation while the user is at its end. */
  windowSize?: number
  view: PageView
  /** Explains the rejection of a message in the viewer's language. */
  describeRefusal(error: ApiError): string
  /** Called at every 401. */
  onSignedOut(): void
}

/** Called when the screen has to change. */
type PageView = {
  /** The unconfirmed messages to `person` have changed. */
  onOutgoingChange(person: string): void
  onConnectionChange(): void
  /** The server rejects all messages to `person`. */
  onConversationClosed(person: string): void
  /** The list of conversations; null: not shown. */
  list: ListView | null
}

/** The classes and functions that a page uses; the simulation replaces some to plant bugs. */
const defaultParts = { createApi, createReadMark, SendQueue, SharedConnection, ConversationStore }
export type PageParts = typeof defaultParts

type OpenConversation = {
  person: string
  start: Pick<ConversationProps, 'messages' | 'previous' | 'version'>
  /** The result of `view()` has changed. */
  onChange(): void
  /** The conversation is another one: another account is signed in to this browser, or the person deleted theirs. */
  onMoved(): void
}

/**
 * Connects the parts of the chat page: requests, live connection, send queue, conversations, read marks and list.
 * Independent of the DOM: the browser, the simulation and the fault tests all run this class.
 */
export class Page {
  readonly api: ReturnType<typeof createApi>
  readonly queue: SendQueue
  readonly live: SharedConnection
  protected readonly readMark: ReturnType<typeof createReadMark>
  protected readonly list: ReturnType<typeof createConversationList>
  protected readonly conversations = new Map<string, ConversationStore>()
  readonly #Store: typeof ConversationStore

  constructor(
    readonly env: PageEnv,
    parts: Partial<PageParts> = {},
  ) {
    const { me, clock, random, tabs, view } = env
    const { createApi, createReadMark, SendQueue, SharedConnection, ConversationStore } = {
      ...defaultParts,
      ...parts,
    }
    this.#Store = ConversationStore
    this.api = createApi({ fetch: env.fetch, clock, onSignedOut: env.onSignedOut })
    this.list = createConversationList({
      fragment: this.api.fragment,
      clock,
      random,
      view: view.list,
    })
    this.queue = new SendQueue({
      post: this.api.send,
      store: env.outbox,
      clock,
      random,
      uuid: env.uuid,
      reason: env.describeRefusal,
      onClosed: view.onConversationClosed,
      onStored: (to, message) => this.onStored(to, message),
      onChange: view.onOutgoingChange,
      exclusively: withTabLock(tabs?.locks, `outbox:${me}`, clock),
    })
    this.readMark = createReadMark({
      read: async (person, seq) => {
        await this.api.read(person, seq)
        this.#refreshRowUnlessLive(person)
      },
      clock,
      random,
    })
    this.live = new SharedConnection({
      transports: env.transports,
      clock: env.connectionClock ?? clock,
      random,
      onEvent: (event) => this.onEvent(event),
      onMissed: () => this.onMissed(),
      onStatus: view.onConnectionChange,
      onSignedOut: () => this.checkSession(),
      onConnectFailed: () => this.checkSession(),
      tabs: tabs && { ...tabs, name: `live:${me}` },
    })
  }

  /** Sends the messages that an earlier page left in the outbox, and connects. */
  start(): void {
    void this.queue.resume()
    this.live.start()
  }

  /** Keeps the conversation with `person` up to date until {@link closeConversation}. */
  openConversation({ person, start, onChange, onMoved }: OpenConversation): ConversationStore {
    const { me, clock, random, windowSize } = this.env
    const conversation = new this.#Store({
      me,
      person,
      start,
      changes: this.api.changes,
      earlier: this.api.earlier,
      clock,
      random,
      ...(windowSize && { windowSize }),
      outgoing: () => this.queue.outgoing(person),
      onConfirmed: (clientIds) => this.queue.confirm(clientIds),
      onChange,
      onMoved,
    })
    this.conversations.set(person, conversation)
    // Without a connection, the next `ready` starts the catch-up.
    if (this.live.status === 'live') void conversation.catchUp()
    return conversation
  }

  closeConversation(person: string): void {
    this.conversations.get(person)?.close()
    this.conversations.delete(person)
  }

  /** The page is being left: sends the read marks that are waiting. */
  leave(): void {
    this.live.stop()
    this.readMark.leave()
  }

  /** The user has seen all messages up to `seq`. */
  read(person: string, seq: number): void {
    this.readMark.read(person, seq)
  }

  protected onEvent(event: LiveEventView): void {
    if (event.type === 'message') this.conversations.get(event.with)?.onVersionHint(event.version)
    if (event.type === 'message' || event.type === 'read') this.list.refreshRow(event.with)
    // `with` is the new username of a deleted account, under which no conversation is open.
    if (event.type === 'conversation') {
      for (const conversation of this.conversations.values()) void conversation.catchUp()
      void this.list.refresh()
    }
  }

  /** Events may have been lost: reads all changes, and retries the messages and read marks that failed. */
  protected onMissed(): void {
    for (const conversation of this.conversations.values()) void conversation.catchUp()
    void this.list.refresh()
    this.readMark.flush()
    void this.queue.resume()
  }

  /** The server has stored a message of mine. */
  protected onStored(person: string, message: MessageView): void {
    this.conversations.get(person)?.onStored(message)
    this.#refreshRowUnlessLive(person)
  }

  /** Requests the session: if it has ended, the 401 calls `onSignedOut`. */
  protected checkSession(): void {
    this.api.session().catch(() => {})
  }

  /** While the connection is live, an event refreshes the row. */
  #refreshRowUnlessLive(person: string): void {
    if (this.live.status !== 'live') this.list.refreshRow(person)
  }
}
