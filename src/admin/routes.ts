import { Elysia, t } from 'elysia'
import { adminPaths } from '../../web/admin/paths.ts'
import { auth } from '../accounts/sessions/auth.ts'
import { CursorQuery, Limit, problems } from '../http/schema.ts'
import type { Hub } from '../live/hub.ts'
import type { Deps } from '../process/deps.ts'
import { listAudit } from './audit-log/service.ts'
import { getOverview } from './overview.ts'
import { periodOf } from './period.ts'
import { ACTIONS, AuditPage, Overview, oneOf, Since, Until } from './schema.ts'

const Name = t.Optional(t.String({ maxLength: 200, description: 'A username.', examples: ['root'] }))

/** What goes on, and what administrators did, as JSON. */
export function adminRoutes(deps: Deps, hub: Pick<Hub, 'size'>) {
  return new Elysia()
    .use(auth(deps))
    .get(adminPaths.api.overview, () => getOverview(deps, { liveConnections: hub.size }), {
      auth: 'admin',
      response: { 200: Overview },
      detail: {
        operationId: 'adminOverview',
        tags: ['Administration'],
        summary: 'Numbers at a glance',
        description: 'How many people and messages there are, what waits to be looked at, and what runs.',
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
          actor: { ...Name, description: 'Username of who did it.' },
          user: { ...Name, description: 'Username of whom it was done to, or whose message it was about.' },
          action: t.Optional(oneOf(ACTIONS)),
          since: Since,
          until: Until,
          cursor: CursorQuery,
          limit: Limit,
        }),
        response: { 200: AuditPage, ...problems(400, 422) },
        detail: {
          operationId: 'adminListAudit',
          tags: ['Administration'],
          summary: 'The audit log',
          description:
            'Who did what, to whom, when and from where, newest first. Nothing of it is ever changed or removed.',
          responses: { 400: { description: 'The cursor is not one that this list gave.' } },
        },
      },
    )
}
