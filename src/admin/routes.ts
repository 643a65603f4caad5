import { Elysia, t } from 'elysia'
import { adminPaths } from '../../web/admin/paths.ts'
import { auth } from '../accounts/sessions/auth.ts'
import { BadCursor } from '../http/errors.ts'
import { CursorQuery, documentError, Limit, problems } from '../http/schema.ts'
import type { Hub } from '../live/hub.ts'
import type { Deps } from '../process/deps.ts'
import { listAudit } from './audit-log/service.ts'
import { getOverview } from './overview.ts'
import { periodOf } from './period.ts'
import { ACTIONS, AuditPage, Overview, oneOf, Since, Until } from './schema.ts'

const name = (description: string, example: string) =>
  t.Optional(t.String({ maxLength: 200, description, examples: [example] }))

/** The overview and the audit log, as JSON. */
export function adminRoutes(deps: Deps, hub: Pick<Hub, 'size'>) {
  return new Elysia()
    .use(auth(deps))
    .get(adminPaths.api.overview, () => getOverview(deps, { liveConnections: hub.size }), {
      auth: 'admin',
      response: { 200: Overview },
      detail: {
        operationId: 'adminOverview',
        tags: ['Administration'],
        summary: 'Get the overview',
        description: 'Numbers of users, messages and open reports, and the state of the server.',
      },
    })
    .get(
      adminPaths.api.audit,
      ({ query: { since, until, limit = 50, ...query } }) =>
        listAudit(deps, {
          ...query,
          limit,
          ...periodOf({ since, until }),
        }),
      {
        auth: 'admin',
        query: t.Object({
          actor: name('The username of the administrator.', 'root'),
          user: name('The username of the affected user, or of the author of the message.', 'ada'),
          action: t.Optional(oneOf(ACTIONS, { description: 'By default all actions.' })),
          since: Since,
          until: Until,
          cursor: CursorQuery,
          limit: Limit,
        }),
        response: { 200: AuditPage, ...problems(400, 422) },
        detail: {
          operationId: 'adminListAudit',
          tags: ['Administration'],
          summary: 'List the audit log',
          description: 'The actions of administrators, newest first. Entries are never changed or deleted.',
          responses: { 400: documentError(new BadCursor()) },
        },
      },
    )
}
