import { Elysia, t } from 'elysia'
import { adminPaths } from '../../../web/admin/paths.ts'
import { ReadReportPage, ReportsPage } from '../../../web/admin/reports.tsx'
import { text } from '../../../web/text/text.ts'
import { auth } from '../../accounts/sessions/auth.ts'
import type { Me } from '../../accounts/sessions/session.ts'
import { asFieldErrors, page, seeOther } from '../../http/responses.tsx'
import { peerOf } from '../../http/security.ts'
import { adminViewerOf } from '../../http/viewer.ts'
import { OUTCOMES } from '../../moderation/schema.ts'
import type { Deps } from '../../process/deps.ts'
import { actorOf } from '../audit-log/service.ts'
import { decideReport, listReports, readReport } from './service.ts'

const ROWS = 20
const field = t.Optional(t.String({ maxLength: 1000 }))
const ReportParam = t.Object({ id: t.String() })

/** What people reported, for administrators, as pages and as the form in them. */
export function adminReportPages(deps: Deps) {
  return new Elysia({ detail: { hide: true } })
    .use(auth(deps))
    .get(
      adminPaths.reports,
      async ({ me, request, query: { cursor, ...query } }) => {
        const view = adminViewerOf(deps, request, me)
        const state = query.state === 'closed' ? 'closed' : 'open'
        const reports = await listReports(deps, { state, cursor, limit: ROWS })
        const { reports: title } = text(view.reader.language).admin.sections
        const props = { reports, state, cursor, view } as const
        return page(deps, { title, reader: view.reader }, <ReportsPage {...props} />)
      },
      { auth: 'admin', query: t.Object({ state: field, cursor: field }) },
    )
    .get('/admin/reports/:id', ({ me, request, params: { id } }) => showReport(request, me, { id }), {
      auth: 'admin',
      params: ReportParam,
    })
    .post(
      '/admin/reports/:id',
      async ({ me, request, params: { id }, body }) => {
        const outcome = OUTCOMES.find((outcome) => outcome === body.outcome)
        if (!outcome) return showReport(request, me, { id, errors: { form: 'required' }, status: 422 })
        try {
          await decideReport(deps, actorOf(me, peerOf(request)), { id, outcome })
          return seeOther(request, adminPaths.report(id))
        } catch (error) {
          const fault = asFieldErrors(error, adminViewerOf(deps, request, me).reader)
          return showReport(request, me, { id, ...fault })
        }
      },
      { auth: 'admin', params: ReportParam, body: t.Object({ outcome: field }) },
    )

  async function showReport(
    request: Request,
    me: Me,
    { id, errors = {}, status = 200 }: { id: string; errors?: Record<string, string>; status?: number },
  ): Promise<Response> {
    const view = adminViewerOf(deps, request, me)
    const report = await readReport(deps, actorOf(me, peerOf(request)), id)
    const { reports: title } = text(view.reader.language).admin.sections
    const props = { report, errors, view }
    return page(deps, { title, reader: view.reader, status }, <ReadReportPage {...props} />)
  }
}
