import { type Static, t } from 'elysia'
import { Username } from '../accounts/users/schema.ts'

const seq = t.Integer({
  minimum: 0,
  maximum: 4_294_967_295,
  description: 'The `seq` of a message.',
  examples: [42],
})
const version = t.Integer({
  minimum: 1,
  maximum: 4_294_967_295,
  description: 'The version of the conversation.',
  examples: [45],
})

/** First on every connection, and again whenever events may have been lost: the client requests `changes`. */
const ReadyHint = t.Object(
  {
    type: t.Literal('ready'),
    connection: t.String({
      maxLength: 64,
      description: 'The opaque ID of this live connection.',
      examples: ['c9f0'],
    }),
  },
  {
    title: 'ReadyEvent',
    description: 'First on every connection, and again whenever events may have been lost.',
  },
)

/** A message is new or changed. */
const MessageHint = t.Object(
  {
    type: t.Literal('message'),
    id: t.String({ maxLength: 64, description: 'The `id` of the message.', examples: ['17-42'] }),
    with: Username,
    seq,
    version,
  },
  { title: 'MessageEvent', description: 'A message in your conversation with `with` is new or changed.' },
)

/** The user has read up to `seq`, perhaps on another device. */
const ReadHint = t.Object(
  { type: t.Literal('read'), with: Username, seq },
  { title: 'ReadEvent', description: 'You have read up to `seq`, perhaps on another device.' },
)

/** The conversation with the opaque `id` has a new version without a changed message: the person has deleted their account. */
const ConversationHint = t.Object(
  {
    type: t.Literal('conversation'),
    id: t.String({ maxLength: 64, description: 'The `id` of the conversation.', examples: ['17'] }),
    with: Username,
    version,
  },
  {
    title: 'ConversationEvent',
    description:
      'The conversation has a new version without a changed message: the person has deleted their account.',
  },
)

/** Identifies what changed. Clients recover a lost hint by catching up. */
const Hint = t.Union([ReadyHint, MessageHint, ReadHint, ConversationHint])
export type HintView = Static<typeof Hint>

/** Shows that the connection is alive. */
const Heartbeat = t.Object(
  { type: t.Literal('heartbeat') },
  { title: 'HeartbeatEvent', description: 'The connection is alive.' },
)

/** An event that matters only now: not stored, and not part of catching up. */
export type EphemeralEventView = Static<typeof Heartbeat>

/** An event on a live connection, sent as one JSON object. */
export type LiveEventView = HintView | EphemeralEventView

/** The schemas of all events. */
export const EVENTS = [...Hint.anyOf, Heartbeat]
