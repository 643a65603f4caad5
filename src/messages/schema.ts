import { type Static, t } from 'elysia'
import { Person, Username } from '../accounts/users/schema.ts'
import { Instant } from '../http/schema.ts'

/** The idempotency key of a message, chosen by the sender. */
export const ClientId = t.String({
  pattern: '^[A-Za-z0-9._:-]{1,64}$',
  description:
    'Your idempotency key for the message, such as a UUID. Unique among your messages in the conversation.',
  examples: ['5f0c6f3e-7b0e-4f0e-9d0f-0b9a5b0f6c1d'],
})

export const Message = t.Object(
  {
    id: t.String({ description: 'Opaque.', examples: ['17-42'] }),
    seq: t.Integer({
      minimum: 1,
      description: 'The position in the conversation: 1, 2, 3 … without gaps.',
      examples: [42],
    }),
    version: t.Integer({
      minimum: 1,
      description: "The conversation's version when this message last changed.",
      examples: [45],
    }),
    sender: Username,
    recipient: { ...Username, examples: ['grace'] },
    body: t.String({ description: 'Empty for a deleted message.', examples: ['See you at eight?'] }),
    createdAt: Instant,
    editedAt: t.Nullable(Instant, {
      examples: [null],
      description: 'Always null in this version; reserved for edits.',
    }),
    deletedAt: t.Nullable(Instant, { examples: [null], description: 'When an administrator deleted it.' }),
    clientId: t.Nullable(
      t.String({ examples: ClientId.examples, description: 'As sent; null without one.' }),
    ),
  },
  {
    title: 'Message',
    description: 'A message, the same for both people.',
    additionalProperties: false,
  },
)
export type MessageView = Static<typeof Message>

/** One page of a conversation, oldest first. */
export const MessagePage = t.Object(
  {
    results: t.Array(Message),
    previous: t.Nullable(
      t.Integer({
        description: 'Pass it as `before` for earlier messages; null if there are none.',
        examples: [42],
      }),
    ),
    next: t.Nullable(
      t.Integer({ description: 'Pass it as `after` for later messages; null if there are none.' }),
      { examples: [null] },
    ),
  },
  {
    title: 'MessagePage',
    description: 'One page of a conversation, oldest first.',
    additionalProperties: false,
  },
)
export type MessagePageView = Static<typeof MessagePage>

export const Changes = t.Object(
  {
    person: Person,
    results: t.Array(Message),
    version: t.Integer({
      minimum: 0,
      description: 'Pass it as `since` in the next request.',
      examples: [45],
    }),
    more: t.Boolean({ description: 'Request again at once if true.', examples: [false] }),
  },
  {
    title: 'Changes',
    description: 'Changed messages in their current state, in version order.',
    additionalProperties: false,
  },
)
export type ChangesView = Static<typeof Changes>
