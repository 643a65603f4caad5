import { type Static, t } from 'elysia'
import { Username } from '../accounts/schema.ts'
import { Instant } from '../http/schema.ts'

/** The sender's own name for a message, such as a UUID: a send that is repeated under it lands once. */
export const ClientId = t.String({
  pattern: '^[A-Za-z0-9._:-]{1,64}$',
  description: 'Your own name for the message, such as a UUID; unique for you in the conversation.',
  examples: ['5f0c6f3e-7b0e-4f0e-9d0f-0b9a5b0f6c1d'],
})

export const Message = t.Object(
  {
    id: t.String({ description: 'Opaque.', examples: ['17-42'] }),
    seq: t.Integer({
      minimum: 1,
      description: 'Its place in the conversation: 1, 2, 3 … with no gaps.',
      examples: [42],
    }),
    version: t.Integer({
      minimum: 1,
      description: "The conversation's version at its last change.",
      examples: [45],
    }),
    sender: Username,
    recipient: { ...Username, examples: ['grace'] },
    body: t.String({ description: 'Empty once it is deleted.', examples: ['See you at eight?'] }),
    createdAt: Instant,
    editedAt: t.Nullable(Instant, { examples: [null] }),
    deletedAt: t.Nullable(Instant, { examples: [null] }),
    clientId: t.Nullable(t.String({ examples: ['5f0c6f3e-7b0e-4f0e-9d0f-0b9a5b0f6c1d'] })),
  },
  {
    title: 'Message',
    description: 'One text in a conversation, as both people see it.',
    additionalProperties: false,
  },
)
export type MessageView = Static<typeof Message>

/** One page of a conversation, oldest first. `previous` is the `before` of the page before, `next` the `after` of the page after. */
export const MessagePage = t.Object(
  {
    results: t.Array(Message),
    previous: t.Nullable(
      t.Integer({
        description: '`before` of the page of earlier messages; null when there are none.',
        examples: [42],
      }),
    ),
    next: t.Nullable(
      t.Integer({ description: '`after` of the page of later messages; null when there are none.' }),
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
    results: t.Array(Message),
    version: t.Integer({ minimum: 0, description: '`since` of the next call.', examples: [45] }),
    more: t.Boolean({ description: 'Call again at once: there is more.', examples: [false] }),
  },
  {
    title: 'Changes',
    description: 'The messages that changed, as they are now, in version order.',
    additionalProperties: false,
  },
)
export type ChangesView = Static<typeof Changes>
