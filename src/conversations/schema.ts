import { type Static, t } from 'elysia'
import { Person, type PersonView, Username } from '../accounts/users/schema.ts'
import { Instant, pageSchema } from '../http/schema.ts'
import { Message } from '../messages/schema.ts'
import { UNREAD_LIMIT } from './limits.ts'

const lastSeq = (minimum: number) =>
  t.Integer({ minimum, description: 'The `seq` of the last message.', examples: [42] })

const version = (minimum: number) =>
  t.Integer({
    minimum,
    description: 'Request `changes` if it is higher than the version you have.',
    examples: [45],
  })

const ACTIVE_AT =
  "The time of the last activity. The list is ordered by it, newest first. It can be later than the last message if the server's clock was ahead earlier."

const Conversation = t.Object(
  {
    id: t.String({
      description: 'Opaque. It stays when the person deletes their account.',
      examples: ['17'],
    }),
    with: Username,
    person: Person,
    lastMessage: Message,
    unread: t.Integer({
      minimum: 0,
      maximum: UNREAD_LIMIT,
      description: `Messages of the other person after \`readSeq\`: 0 to ${UNREAD_LIMIT}; ${UNREAD_LIMIT} means ${UNREAD_LIMIT} or more.`,
      examples: [1],
    }),
    lastSeq: lastSeq(1),
    readSeq: t.Integer({ minimum: 0, description: 'The `seq` up to which you have read.', examples: [40] }),
    version: version(1),
    activeAt: t.String({ ...Instant, description: ACTIVE_AT }),
  },
  {
    title: 'Conversation',
    description: 'Your conversation with one person.',
    additionalProperties: false,
  },
)
type ConversationView = Static<typeof Conversation>

export const ConversationPage = pageSchema(Conversation, {
  title: 'ConversationPage',
  description: 'One page of conversations, newest activity first.',
})
export type ConversationPageView = Static<typeof ConversationPage>

/** A list row, also for a conversation without messages, which the list does not contain. */
export const ConversationState = t.Object(
  {
    ...Conversation.properties,
    id: t.Nullable(Conversation.properties.id, { description: 'null before the first message.' }),
    lastMessage: t.Nullable(Message, { description: 'null before the first message.' }),
    lastSeq: lastSeq(0),
    version: version(0),
    activeAt: t.Nullable(
      t.String({ ...Instant, description: `${ACTIVE_AT} null before the first message.` }),
    ),
  },
  {
    title: 'ConversationState',
    description: 'Your conversation with one person. Without messages, its numbers are 0.',
    additionalProperties: false,
  },
)

/** A row of the list of conversations, as the page shows it. */
export type ConversationRow = Omit<ConversationView, 'with' | 'person'> & { person: PersonView }

/** A conversation before its first message. */
export type EmptyConversationRow = Omit<ConversationRow, 'id' | 'lastMessage' | 'activeAt'> & {
  id: null
  lastMessage: null
  activeAt: null
}
