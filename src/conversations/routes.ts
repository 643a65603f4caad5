import { Elysia, t } from 'elysia'
import { paths } from '../../web/paths.ts'
import { auth } from '../accounts/sessions/auth.ts'
import { personView } from '../accounts/users/directory.ts'
import { BadCursor } from '../http/errors.ts'
import { noContent } from '../http/responses.tsx'
import { CursorQuery, documentError, Limit, problems, UsernameParam } from '../http/schema.ts'
import type { Deps } from '../process/deps.ts'
import { getConversationRow, listConversations } from './list.ts'
import { markRead } from './read-marks.ts'
import {
  ConversationPage,
  type ConversationRow,
  ConversationState,
  type EmptyConversationRow,
} from './schema.ts'

/** The row as the API returns it. */
function conversationView<Row extends ConversationRow | EmptyConversationRow>(row: Row) {
  return { ...row, with: row.person.username, person: personView(row.person) }
}

/** Conversations, as JSON. */
export function conversationRoutes(deps: Deps) {
  return new Elysia()
    .use(auth(deps))
    .get(
      paths.api.conversations,
      async ({ me, query }) => {
        const { results, next } = await listConversations(deps, me, { ...query, limit: query.limit ?? 50 })
        return { results: results.map(conversationView), next }
      },
      {
        auth: true,
        query: t.Object({ cursor: CursorQuery, limit: Limit }),
        response: { 200: ConversationPage, ...problems(400, 422) },
        detail: {
          operationId: 'listConversations',
          tags: ['Conversations'],
          summary: 'List your conversations',
          description: 'Conversations with messages, the most recently active first.',
          responses: { 400: documentError(new BadCursor()) },
        },
      },
    )
    .get(
      `${paths.api.conversations}/:username`,
      async ({ me, params }) => {
        return conversationView(await getConversationRow(deps, me, params.username))
      },
      {
        auth: true,
        params: UsernameParam,
        response: { 200: ConversationState, ...problems(404) },
        detail: {
          operationId: 'getConversation',
          tags: ['Conversations'],
          summary: 'Get a conversation',
          description:
            'The same row as in the list. After an event, read this instead of the whole list. `lastMessage` is null before the first message.',
        },
      },
    )
    .put(
      `${paths.api.conversations}/:username/read`,
      async ({ me, params, body }) => {
        await markRead(deps, me, params.username, body.seq)
        return noContent()
      },
      {
        auth: true,
        params: UsernameParam,
        body: t.Object(
          {
            seq: t.Integer({
              minimum: 0,
              maximum: 4_294_967_295,
              description: 'The `seq` of the last message you have read.',
              examples: [42],
            }),
          },
          { title: 'ReadMark', description: 'The last message you have read.', additionalProperties: false },
        ),
        response: {
          204: t.Undefined({ description: 'The read mark is at this message or later.' }),
          ...problems(404, 422),
        },
        detail: {
          operationId: 'markRead',
          tags: ['Conversations'],
          summary: 'Move the read mark',
          description:
            'It only moves forward, at most to the last message. Your live connections get a `read` event.',
        },
      },
    )
}
