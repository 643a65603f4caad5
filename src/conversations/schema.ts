import { type Static, t } from 'elysia'
import { Username, type UserView } from '../accounts/schema.ts'
import { Message } from '../messages/schema.ts'

export const Conversation = t.Object(
  {
    with: Username,
    lastMessage: Message,
    unread: t.Integer({ minimum: 0, description: "The other's messages after `readSeq`." }),
    lastSeq: t.Integer({ minimum: 1 }),
    readSeq: t.Integer({ minimum: 0 }),
    version: t.Integer({ minimum: 1 }),
  },
  { additionalProperties: false },
)
export type ConversationView = Static<typeof Conversation>

export const ConversationPage = t.Object(
  {
    results: t.Array(Conversation),
    next: t.Nullable(t.String({ description: '`cursor` of the next page; null on the last.' })),
  },
  { additionalProperties: false },
)
export type ConversationPageView = Static<typeof ConversationPage>

/** A line of the list of conversations, as the page shows it. */
export type ConversationRow = Omit<ConversationView, 'with'> & { person: UserView }
