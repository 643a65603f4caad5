import { Elysia, t } from 'elysia'
import { adminPaths } from '../../../web/admin/paths.ts'
import { ReadReportPage, ReportsPage } from '../../../web/admin/reports.tsx'
import { text } from '../../../web/text/text.ts'
import type { Viewer } from '../../accounts/profile/schema.ts'
import { auth } from '../../accounts/sessions/auth.ts'
import { Invalid } from '../../http/errors.ts'
import { formRenderer } from '../../http/request-context.ts'
import { page, seeOther } from '../../http/responses.tsx'
import { FormField, PageQuery } from '../../http/schema.ts'
import { OUTCOMES } from '../../moderation/schema.ts'
import type { Deps } from '../../process/deps.ts'
import type { Actor } from '../audit-log/service.ts'
import { adminViewOf } from '../view.ts'
import { decideReport, listReports, readReport } from './service.ts'

const ROWS = 20
const ReportParam = t.Object({ id: t.String() })

/** Reports, for administrators, as pages and forms. */
export function adminReportPages(deps: Deps) {
  return new Elysia({ detail: { hide: true } })
    .use(auth(deps))
    .get(
      adminPaths.reports,
      async ({ viewer, query: { cursor, ...query } }) => {
        const view = adminViewOf(deps, viewer)
        const state = query.state === 'closed' ? 'closed' : 'open'
        const reports = await listReports(deps, { state, cursor, limit: ROWS })
        const { reports: title } = text(viewer.language).admin.sections
        const props = { reports, state, cursor, view } as const
        return page(deps, { title, viewer }, <ReportsPage {...props} />)
      },
      { auth: 'admin', query: PageQuery({ state: FormField, cursor: FormField }) },
    )
    .get('/admin/reports/:id', ({ actor, viewer, params: { id } }) => showReport({ actor, viewer }, { id }), {
      auth: 'admin',
      ownSite: true,
      params: ReportParam,
    })
    .post(
      '/admin/reports/:id',
      async ({ actor, request, params: { id }, body }) => {
        const outcome = OUTCOMES.find((outcome) => outcome === body.outcome)
        if (!outcome) throw new Invalid({ form: 'required' })
        await decideReport(deps, actor, { id, outcome })
        return seeOther(request, adminPaths.report(id))
      },
      {
        auth: 'admin',
        form: formRenderer((fault, { params, actor, viewer }) =>
          showReport({ actor, viewer }, { id: params.id!, ...fault }),
        ),
        params: ReportParam,
        body: t.Object({ outcome: FormField }),
      },
    )

  async function showReport(
    { actor, viewer }: { actor: Actor; viewer: Viewer },
    { id, errors = {}, status = 200 }: { id: string; errors?: Record<string, string>; status?: number },
  ): Promise<Response> {
    const view = adminViewOf(deps, viewer)
    const report = await readReport(deps, actor, id)
    const { reports: title } = text(viewer.language).admin.sections
    const props = { report, errors, view }
    return page(deps, { title, viewer, status }, <ReadReportPage {...props} />)
  }
}
