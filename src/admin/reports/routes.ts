import { Elysia, t } from 'elysia'
import { adminPaths } from '../../../web/admin/paths.ts'
import { auth } from '../../accounts/sessions/auth.ts'
import { CursorQuery, Limit, problems } from '../../http/schema.ts'
import { OUTCOMES } from '../../moderation/schema.ts'
import type { Deps } from '../../process/deps.ts'
import { AdminReport, AdminReportPage, oneOf, ReadReport } from '../schema.ts'
import { decideReport, listReports, readReport } from './service.ts'

const ReportParam = t.Object({ id: t.String({ examples: ['3'] }) })

/** What people reported, for administrators, as JSON. */
export function adminReportRoutes(deps: Deps) {
  return new Elysia()
    .use(auth(deps))
    .get(
      adminPaths.api.reports,
      ({ query: { state = 'open', cursor, limit = 50 } }) => listReports(deps, { state, cursor, limit }),
      {
        auth: 'admin',
        query: t.Object({
          state: t.Optional(oneOf(['open', 'closed'], { description: '`open`, when left out.' })),
          cursor: CursorQuery,
          limit: Limit,
        }),
        response: { 200: AdminReportPage, ...problems(400, 422) },
        detail: {
          operationId: 'adminListReports',
          tags: ['Administration'],
          summary: 'What people reported',
          description: 'Without the messages: these are shown one at a time.',
          responses: { 400: { description: 'The cursor is not one that this list gave.' } },
        },
      },
    )
    .get(`${adminPaths.api.reports}/:id`, ({ actor, params: { id } }) => readReport(deps, actor, id), {
      auth: 'admin',
      params: ReportParam,
      response: { 200: ReadReport, ...problems(404) },
      detail: {
        operationId: 'adminReadReport',
        tags: ['Administration'],
        summary: 'A report and the message',
        description: 'With the messages around it. Each look is in the audit log.',
      },
    })
    .post(
      `${adminPaths.api.reports}/:id/decision`,
      ({ actor, params: { id }, body: { outcome } }) => decideReport(deps, actor, { id, outcome }),
      {
        auth: 'admin',
        params: ReportParam,
        body: t.Object(
          { outcome: oneOf(OUTCOMES) },
          {
            title: 'Decision',
            description:
              '`dismissed`: there is nothing to it. `deleted`: the text of the message goes for good. `disabled`: so does the way in of its author.',
            additionalProperties: false,
          },
        ),
        response: { 200: AdminReport, ...problems(404, 409, 422) },
        detail: {
          operationId: 'adminDecideReport',
          tags: ['Administration'],
          summary: 'Close a report',
          description: 'The same decision again changes nothing.',
          responses: {
            409: {
              description:
                'It was decided otherwise; or it would keep out the last administrator, or oneself.',
            },
          },
        },
      },
    )
}
