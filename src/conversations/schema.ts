import { type Static, t } from 'elysia'
import { type PersonView, Username } from '../accounts/schema.ts'
import { Next } from '../http/schema.ts'
import { Message } from '../messages/schema.ts'

/** Unread messages are counted up to this number. */
export const UNREAD_LIMIT = 100

const Conversation = t.Object(
  {
    with: Username,
    lastMessage: Message,
    unread: t.Integer({
      minimum: 0,
      maximum: UNREAD_LIMIT,
      description: `Messages of the other person after \`readSeq\`: 0 to ${UNREAD_LIMIT}; ${UNREAD_LIMIT} means ${UNREAD_LIMIT} or more.`,
      examples: [1],
    }),
    lastSeq: t.Integer({ minimum: 1, description: 'The place of the last message.', examples: [42] }),
    readSeq: t.Integer({ minimum: 0, description: 'You have read up to here.', examples: [40] }),
    version: t.Integer({
      minimum: 1,
      description: 'Higher than the one you hold? Then read `changes`.',
      examples: [45],
    }),
  },
  {
    title: 'Conversation',
    description: 'The one thread between you and somebody.',
    additionalProperties: false,
  },
)
type ConversationView = Static<typeof Conversation>

export const ConversationPage = t.Object(
  { results: t.Array(Conversation), next: Next },
  {
    title: 'ConversationPage',
    description: 'One page of conversations, newest activity first.',
    additionalProperties: false,
  },
)
export type ConversationPageView = Static<typeof ConversationPage>

/** A line of the list of conversations, as the page shows it. */
export type ConversationRow = Omit<ConversationView, 'with'> & { person: PersonView }
