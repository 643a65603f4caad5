import { Elysia } from 'elysia'
import { AuditList, AuditLogPage, type AuditLogProps } from '../../web/admin/audit-log.tsx'
import { OverviewPage } from '../../web/admin/overview.tsx'
import { adminPaths } from '../../web/admin/paths.ts'
import { paths } from '../../web/paths.ts'
import { text } from '../../web/text/text.ts'
import type { Viewer } from '../accounts/profile/schema.ts'
import { auth } from '../accounts/sessions/auth.ts'
import { formRenderer } from '../http/request-context.ts'
import { fragment, isFragment, page } from '../http/responses.tsx'
import { FormField, PageQuery } from '../http/schema.ts'
import type { Hub } from '../live/hub.ts'
import type { Deps } from '../process/deps.ts'
import { listAudit } from './audit-log/service.ts'
import { getOverview } from './overview.ts'
import { daysOf } from './period.ts'
import { ACTIONS } from './schema.ts'
import { adminViewOf } from './view.ts'

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
        const { actor, user, cursor } = query
        const action = ACTIONS.find((action) => action === query.action)
        const days = daysOf(query, viewer.zone)
        const entries = await listAudit(deps, { ...days, actor, user, action, cursor, limit: ROWS })
        return showAudit({ viewer, request }, { entries, query, errors: {} })
      },
      {
        auth: 'admin',
        form: formRenderer((fault, { viewer, request, query }) =>
          showAudit({ viewer, request }, { entries: { results: [], next: null }, query, ...fault }),
        ),
        query: PageQuery({
          actor: FormField,
          user: FormField,
          action: FormField,
          since: FormField,
          until: FormField,
          cursor: FormField,
        }),
      },
    )

  function showAudit(
    { viewer, request }: { viewer: Viewer; request: Request },
    { status = 200, ...entries }: Omit<AuditLogProps, 'view'> & { status?: number },
  ): Response {
    const props = { ...entries, view: adminViewOf(deps, viewer) }
    const { audit: title } = text(viewer.language).admin.sections
    return isFragment(request)
      ? fragment({ viewer, status }, <AuditList {...props} />)
      : page(deps, { title, viewer, status }, <AuditLogPage {...props} />)
  }
}
