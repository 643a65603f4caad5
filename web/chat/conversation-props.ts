import type { PersonView, UserView, Viewer } from '../../src/accounts/schema.ts'
import type { MessageView } from '../../src/messages/schema.ts'

/** Something sent from this browser that the server has not confirmed. */
export type Outgoing = {
  clientId: string
  body: string
  /** ISO time of the browser's clock, for display only. */
  createdAt: string
  state: 'sending' | 'failed'
  /** Why it failed, in the reader's language. */
  reason?: string
}

export type ConnectionStatus = 'live' | 'connecting' | 'offline'

/** What the conversation shows: rendered on the server, and again in the browser by the island. */
export type ConversationProps = {
  me: UserView
  person: PersonView
  /** The person has deleted their account. */
  gone?: boolean
  /** Messages are taken; where not, `blocked` says whether it is I who does not want them. */
  open: boolean
  blocked: boolean
  /** In `seq` order, contiguous. */
  messages: readonly MessageView[]
  outbox: readonly Outgoing[]
  /** `before` of the page of earlier messages; null when the first message is shown. */
  previous: number | null
  /** `after` of the page of later messages: on a page of history, as people without JavaScript read it. */
  next?: number | null
  /** The version of the conversation that `messages` reflects: `since` of the first catch-up. */
  version: number
  /** What I had read when the conversation was opened: the line "new" stands after it. */
  readSeq: number
  connection: ConnectionStatus
  reader: Viewer
  /** Text in the composer, and what is wrong with it, when the form came back without JavaScript. */
  draft?: string
  error?: string
  /** The idempotency key of the form without JavaScript, so that a repeated submit lands once. */
  clientId?: string
  /** Absent on the server. */
  actions?: ConversationActions
}

export type ConversationActions = {
  /** Queues the text under a new client ID; answers what is wrong with it, or null. */
  send(body: string): string | null
  /** Loads the page before `previous`; the caller keeps the scroll position. */
  loadEarlier(): Promise<void>
  /** Whether the newest message is in view; while it is, the earliest ones of many may be dropped. */
  setReaderAtEnd(isAtEnd: boolean): void
  retry(clientId: string): void
  discard(clientId: string): void
  /** The person has seen everything up to `seq`. */
  read(seq: number): void
  loadDraft(): string
  saveDraft(text: string): void
}
