import { Elysia, t } from 'elysia'
import { adminPaths } from '../../../web/admin/paths.ts'
import { auth } from '../../accounts/sessions/auth.ts'
import { LastAdmin } from '../../accounts/users/errors.ts'
import { BadCursor } from '../../http/errors.ts'
import { CursorQuery, documentError, documentErrors, Limit, problems } from '../../http/schema.ts'
import { OUTCOMES } from '../../moderation/schema.ts'
import type { Deps } from '../../process/deps.ts'
import { AdminReport, AdminReportPage, oneOf, ReadReport } from '../schema.ts'
import { CannotDisableSelf } from '../users/errors.ts'
import { DecidedDifferently } from './errors.ts'
import { decideReport, listReports, readReport } from './service.ts'

const ReportParam = t.Object({ id: t.String({ description: '`id` of the report.', examples: ['3'] }) })

/** Reports, for administrators, as JSON. */
export function adminReportRoutes(deps: Deps) {
  return new Elysia()
    .use(auth(deps))
    .get(
      adminPaths.api.reports,
      ({ query: { state = 'open', cursor, limit = 50 } }) => listReports(deps, { state, cursor, limit }),
      {
        auth: 'admin',
        query: t.Object({
          state: t.Optional(oneOf(['open', 'closed'], { description: '`open` by default.' })),
          cursor: CursorQuery,
          limit: Limit,
        }),
        response: { 200: AdminReportPage, ...problems(400, 422) },
        detail: {
          operationId: 'adminListReports',
          tags: ['Administration'],
          summary: 'List reports',
          description: 'Without the messages, which are returned one report at a time.',
          responses: { 400: documentError(new BadCursor()) },
        },
      },
    )
    .get(`${adminPaths.api.reports}/:id`, ({ actor, params: { id } }) => readReport(deps, actor, id), {
      auth: 'admin',
      ownSite: true,
      params: ReportParam,
      response: { 200: ReadReport, ...problems(404) },
      detail: {
        operationId: 'adminReadReport',
        tags: ['Administration'],
        summary: 'Get a report',
        description: 'With the reported message and the messages around it. Recorded in the audit log.',
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
              '`dismissed`: no action. `deleted`: deletes the message. `disabled`: disables the account of the author; the message stays.',
            additionalProperties: false,
          },
        ),
        response: { 200: AdminReport, ...problems(404, 409, 422) },
        detail: {
          operationId: 'adminDecideReport',
          tags: ['Administration'],
          summary: 'Close a report',
          description: 'Repeating the same decision has no effect.',
          responses: {
            409: documentErrors(
              'The report was closed with another decision, or the sender cannot be disabled: it is you or the only administrator.',
              [new DecidedDifferently(), new LastAdmin(), new CannotDisableSelf()],
            ),
          },
        },
      },
    )
}
