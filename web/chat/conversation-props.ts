import type { Viewer } from '../../src/accounts/profile/schema.ts'
import type { PersonView, UserView } from '../../src/accounts/users/schema.ts'
import type { MessageView } from '../../src/messages/schema.ts'

/** A message sent from this browser that the server has not confirmed. */
export type Outgoing = {
  clientId: string
  body: string
  /** ISO time of the browser's clock, for display only. */
  createdAt: string
  state: 'sending' | 'failed'
  /** Why it failed, in the viewer's language. */
  reason?: string
}

export type ConnectionStatus = 'live' | 'connecting' | 'offline'

/** The props of a conversation, rendered on the server and hydrated in the browser. */
export type ConversationProps = {
  me: UserView
  person: PersonView
  /** The person has deleted their account. */
  gone?: boolean
  /** Messages are accepted. If not, `blocked` is true when the user has blocked the person. */
  open: boolean
  blocked: boolean
  /** In `seq` order, contiguous. */
  messages: readonly MessageView[]
  outbox: readonly Outgoing[]
  /** `before` of the page of earlier messages; null when the first message is shown. */
  previous: number | null
  /** `after` of the page of later messages, on a page of history for browsers without JavaScript. */
  next?: number | null
  /** The version of the conversation in `messages`: `since` of the first catch-up. */
  version: number
  /** The last read `seq` when the conversation was opened: the line "new" is after it. */
  readSeq: number
  connection: ConnectionStatus
  /** The text and error in the composer after a rejected submit without JavaScript. */
  draft?: string
  error?: string
  /** The idempotency key of the form without JavaScript, so that a repeated submit is stored once. */
  clientId?: string
  /** Absent on the server. */
  actions?: ConversationActions
}

/** The JSON in the page from which the browser hydrates the conversation. */
export type HydrationProps = ConversationProps & { viewer: Viewer }

export type ConversationActions = {
  /** Queues the text, which is valid, under a new client ID. */
  send(body: string): void
  /** Loads the page before `previous`; the caller keeps the scroll position. */
  loadEarlier(): Promise<void>
  /** Whether the newest message is in view; while it is, the earliest messages may be dropped. */
  setAtEnd(isAtEnd: boolean): void
  retry(clientId: string): void
  discard(clientId: string): void
  /** The user has seen all messages up to `seq`. */
  read(seq: number): void
  loadDraft(): string
  saveDraft(text: string): void
}
