import { type Static, t } from 'elysia'
import { Username } from '../accounts/users/schema.ts'

/** First on every connection, and again whenever events may have been lost: the client requests `changes`. */
const ReadyHint = t.Object({
  type: t.Literal('ready'),
  /** The opaque ID of this live connection. */
  connection: t.String(),
})

/** A message is new or changed. */
const MessageHint = t.Object({
  type: t.Literal('message'),
  id: t.String(),
  with: Username,
  seq: t.Integer(),
  version: t.Integer(),
})

/** The user has read up to `seq`, perhaps on another device. */
const ReadHint = t.Object({ type: t.Literal('read'), with: Username, seq: t.Integer() })

/** The conversation with the opaque `id` has a new version without a changed message: the person has deleted their account. */
const ConversationHint = t.Object({
  type: t.Literal('conversation'),
  id: t.String(),
  with: Username,
  version: t.Integer(),
})

/** Identifies what changed. Clients recover a lost hint by catching up. */
const Hint = t.Union([ReadyHint, MessageHint, ReadHint, ConversationHint])
export type HintView = Static<typeof Hint>

/** Shows that the connection is alive. */
const Heartbeat = t.Object({ type: t.Literal('heartbeat') })

/** An event that matters only now: not stored, and not part of catching up. */
export type EphemeralEventView = Static<typeof Heartbeat>

/** An event on a live connection, sent as one JSON object. */
export type LiveEventView = HintView | EphemeralEventView
