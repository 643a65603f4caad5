import { Elysia, t } from 'elysia'
import { AuditList, AuditLogPage } from '../../web/admin/audit-log.tsx'
import { OverviewPage } from '../../web/admin/overview.tsx'
import { adminPaths } from '../../web/admin/paths.ts'
import { paths } from '../../web/paths.ts'
import { text } from '../../web/text/text.ts'
import { auth } from '../accounts/sessions/auth.ts'
import { formErrors, fragment, isFragment, page } from '../http/responses.tsx'
import { FormField } from '../http/schema.ts'
import { adminViewOf } from '../http/viewer.ts'
import type { Hub } from '../live/hub.ts'
import type { Deps } from '../process/deps.ts'
import { listAudit } from './audit-log/service.ts'
import { getOverview } from './overview.ts'
import { daysOf } from './period.ts'
import { ACTIONS } from './schema.ts'

const ROWS = 50

/** The overview and the audit log, as pages. */
export function adminPages(deps: Deps, hub: Pick<Hub, 'size'>) {
  return new Elysia({ detail: { hide: true } })
    .use(auth(deps))
    .get(
      paths.admin,
      async ({ viewer }) => {
        const view = adminViewOf(deps, viewer)
        const overview = await getOverview(deps, { liveConnections: hub.size })
        const { title } = text(viewer.language).admin
        return page(deps, { title, viewer }, <OverviewPage overview={overview} view={view} />)
      },
      { auth: 'admin' },
    )
    .get(
      adminPaths.audit,
      async ({ viewer, request, query }) => {
        const view = adminViewOf(deps, viewer)
        const action = ACTIONS.find((action) => action === query.action)
        const { actor, user, cursor } = query
        const answer = await Promise.resolve()
          .then(() => daysOf(query, viewer.zone))
          .then((days) => listAudit(deps, { ...days, actor, user, action, cursor, limit: ROWS }))
          .then((entries) => ({ entries, errors: {}, status: 200 }))
          .catch((error) => {
            const fault = formErrors(error, viewer)
            if (!fault) throw error
            return { entries: { results: [], next: null }, ...fault }
          })
        const props = { ...answer, query, view }
        const { audit: title } = text(viewer.language).admin.sections
        return isFragment(request)
          ? fragment({ viewer }, <AuditList {...props} />)
          : page(deps, { title, viewer, status: answer.status }, <AuditLogPage {...props} />)
      },
      {
        auth: 'admin',
        query: t.Object({
          actor: FormField,
          user: FormField,
          action: FormField,
          since: FormField,
          until: FormField,
          cursor: FormField,
        }),
      },
    )
}
