import { type Static, t } from 'elysia'
import { Username } from '../accounts/schema.ts'

/** First on every connection, and again whenever events may have been lost: read `changes` now. */
const ReadyHint = t.Object({
  type: t.Literal('ready'),
  /** The ID of this live connection: opaque, and the same for its whole life. */
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

/** The same user read up to `seq`, perhaps on another device. */
const ReadHint = t.Object({ type: t.Literal('read'), with: Username, seq: t.Integer() })

/** Something changed, and where. Never the only copy of anything: catching up repairs the loss of a hint. */
const Hint = t.Union([ReadyHint, MessageHint, ReadHint])
export type HintView = Static<typeof Hint>

/** Shows that the connection is alive. */
const Heartbeat = t.Object({ type: t.Literal('heartbeat') })

/** Only worth something now: never stored and never caught up. */
export type EphemeralEventView = Static<typeof Heartbeat>

/** An event on a live connection; one JSON object a frame. */
export type LiveEventView = HintView | EphemeralEventView
