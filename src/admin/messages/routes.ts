import { Elysia, t } from 'elysia'
import { adminPaths } from '../../../web/admin/paths.ts'
import { auth } from '../../accounts/sessions/auth.ts'
import { CursorQuery, Limit, problems } from '../../http/schema.ts'
import type { Deps } from '../../process/deps.ts'
import { periodOf } from '../period.ts'
import { FoundMessages, MessagesAround, Since, Until } from '../schema.ts'
import { readMessage, searchMessages } from './service.ts'

const Name = t.Optional(t.String({ maxLength: 200, description: 'A username.', examples: ['ada'] }))

/** The messages of everybody, as JSON: only there when `ADMIN_READS_MESSAGES` is on. */
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
        query: t.Object({
          text: t.Optional(t.String({ maxLength: 200, description: 'What stands in it, in this order.' })),
          author: Name,
          recipient: Name,
          since: Since,
          until: Until,
          cursor: CursorQuery,
          limit: Limit,
        }),
        response: { 200: FoundMessages, ...problems(400, 422) },
        detail: {
          operationId: 'adminSearchMessages',
          tags: ['Administration'],
          summary: 'Search the messages of everybody',
          description:
            'By conversation, in each the newest first. Only where `ADMIN_READS_MESSAGES` is on, and then everybody is told so in their settings. Each look is in the audit log.',
          responses: { 400: { description: 'The cursor is not one that this list gave.' } },
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
        params: t.Object({ id: t.String({ examples: ['17-42'] }) }),
        response: { 200: MessagesAround, ...problems(404) },
        detail: {
          operationId: 'adminReadMessage',
          tags: ['Administration'],
          summary: 'Read a message of somebody',
          description: 'With the messages around it. Each look is in the audit log.',
        },
      },
    )
}
