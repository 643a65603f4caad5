import { type Static, t } from 'elysia'
import { Username } from '../accounts/schema.ts'

/** First on every connection, and again whenever something may have been missed: read `changes` now. */
const Ready = t.Object({ type: t.Literal('ready') })

/** A message is new or changed. */
const MessageEvent = t.Object({
  type: t.Literal('message'),
  id: t.String(),
  with: Username,
  seq: t.Integer(),
  version: t.Integer(),
})

/** The same person read up to `seq`, perhaps in another tab. */
const ReadEvent = t.Object({ type: t.Literal('read'), with: Username, seq: t.Integer() })

/** What a live connection carries; one JSON object a frame. */
const LiveEvent = t.Union([Ready, MessageEvent, ReadEvent])
export type LiveEventView = Static<typeof LiveEvent>
