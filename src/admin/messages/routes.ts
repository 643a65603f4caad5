import { Elysia, t } from 'elysia'
import { adminPaths } from '../../../web/admin/paths.ts'
import { auth } from '../../accounts/sessions/auth.ts'
import { BadCursor } from '../../http/errors.ts'
import { CursorQuery, documentError, Limit, problems } from '../../http/schema.ts'
import type { Deps } from '../../process/deps.ts'
import { periodOf } from '../period.ts'
import { FoundMessages, MessagesAround, Since, Until } from '../schema.ts'
import { readMessage, searchMessages } from './service.ts'

const name = (description: string, example: string) =>
  t.Optional(t.String({ maxLength: 200, description, examples: [example] }))

/** Reading messages of all users, as JSON; only with `ADMIN_READS_MESSAGES`. */
export function adminMessageRoutes(deps: Deps) {
  return new Elysia()
    .use(auth(deps))
    .get(
      adminPaths.api.messages,
      ({ actor, query: { since, until, limit = 50, ...query } }) =>
        searchMessages(deps, actor, {
          ...query,
          limit,
          ...periodOf({ since, until }),
        }),
      {
        auth: 'admin',
        ownSite: true,
        query: t.Object({
          text: t.Optional(
            t.String({ maxLength: 200, description: 'Text that the message contains.', examples: ['lunch'] }),
          ),
          author: name('The username of the sender.', 'ada'),
          recipient: name('The username of the recipient.', 'grace'),
          since: Since,
          until: Until,
          cursor: CursorQuery,
          limit: Limit,
        }),
        response: { 200: FoundMessages, ...problems(400, 422) },
        detail: {
          operationId: 'adminSearchMessages',
          tags: ['Administration'],
          summary: 'Search messages',
          description:
            'Grouped by conversation, newest first. Only available with `ADMIN_READS_MESSAGES`, which users see in their settings. Recorded in the audit log.',
          responses: { 400: documentError(new BadCursor()) },
        },
      },
    )
    .get(
      `${adminPaths.api.messages}/:id`,
      async ({ actor, params: { id } }) => ({
        results: await readMessage(deps, actor, id),
      }),
      {
        auth: 'admin',
        ownSite: true,
        params: t.Object({ id: t.String({ description: '`id` of the message.', examples: ['17-42'] }) }),
        response: { 200: MessagesAround, ...problems(404) },
        detail: {
          operationId: 'adminReadMessage',
          tags: ['Administration'],
          summary: 'Get a message',
          description: 'With the messages around it. Recorded in the audit log.',
        },
      },
    )
}
