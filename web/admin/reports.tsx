import type { AdminReportPageView, AdminReportView, ReadReportView } from '../../src/admin/schema.ts'
import type { MessageView } from '../../src/messages/schema.ts'
import { withQuery } from '../paths.ts'
import { ConfirmButton } from '../ui/confirm.tsx'
import { ErrorSummary, type FieldErrors } from '../ui/form.tsx'
import { fullTime } from '../ui/time.ts'
import { useText } from '../ui/use-text.ts'
import { usePunctuation, useViewer } from '../ui/viewer.ts'
import { AdminFrame, type AdminView, Pages, UserLink } from './frame.tsx'
import { adminPaths } from './paths.ts'

export type ReportsProps = {
  reports: AdminReportPageView
  state: 'open' | 'closed'
  cursor: string | undefined
  view: AdminView
}

export function ReportsPage({ reports, state, cursor, view }: ReportsProps) {
  const { colon } = usePunctuation()
  const { reports: t } = useText().admin
  return (
    <AdminFrame view={view} section="reports">
      <nav class="sections" aria-label={t.open}>
        {(['open', 'closed'] as const).map((one) => (
          <a
            key={one}
            href={withQuery(adminPaths.reports, { state: one })}
            aria-current={one === state ? 'true' : undefined}
          >
            {t[one]}
          </a>
        ))}
      </nav>
      {reports.results.length === 0 ? (
        <p class="card">{t.none}</p>
      ) : (
        <ul class="plain">
          {reports.results.map((report) => (
            <li key={report.id} class="card">
              <p>{t.messageFrom(view.nameOf(report.author))}</p>
              <ReportHead report={report} view={view} />
              <p class="quote" dir="auto">
                {report.reason}
              </p>
              <a class="button quiet" href={adminPaths.report(report.id)}>
                {t.view}
                <span class="hidden">{colon + t.messageFrom(view.nameOf(report.author))}</span>
              </a>
            </li>
          ))}
        </ul>
      )}
      <Pages path={adminPaths.reports} query={{ state, cursor }} next={reports.next} />
    </AdminFrame>
  )
}

/** The reporter, the time and the outcome. */
function ReportHead({ report, view }: { report: AdminReportView; view: AdminView }) {
  const { reports: t } = useText().admin
  const viewer = useViewer()
  const { reporter, createdAt, outcome, closedAt, closedBy } = report
  return (
    <div>
      <p class="hint">{t.reportedBy(view.nameOf(reporter), fullTime(createdAt, viewer))}</p>
      {outcome && closedAt && (
        <p class="hint">
          <strong>{t.outcomes[outcome]}</strong>
          {closedBy && ` · ${t.closedBy(view.nameOf(closedBy), fullTime(closedAt, viewer))}`}
        </p>
      )}
    </div>
  )
}

type ReportPageProps = { report: ReadReportView; errors: FieldErrors; view: AdminView }

export function ReadReportPage({ report, errors, view }: ReportPageProps) {
  const { reports: t } = useText().admin
  return (
    <AdminFrame view={view} section="reports" inner>
      <section class="card">
        <h2>{t.reason}</h2>
        <ReportHead report={report} view={view} />
        <p dir="auto" class="said">
          {report.reason}
        </p>
        <p>
          <UserLink username={report.author} view={view} /> →{' '}
          <UserLink username={report.reporter} view={view} />
        </p>
      </section>
      <section class="card">
        <h2>{t.messages}</h2>
        <Messages messages={report.messages} marked={report.message} view={view} />
      </section>
      {report.outcome ? (
        <p>
          <a class="button quiet" href={adminPaths.user(report.author)}>
            {t.accountOf(view.nameOf(report.author))}
          </a>
        </p>
      ) : (
        <form class="card" method="post" action={adminPaths.report(report.id)}>
          <h2>{t.decision}</h2>
          <ErrorSummary errors={errors} labels={{}} />
          <p class="hint">{t.decisionHint}</p>
          <div class="stack">
            <button class="button quiet" type="submit" name="outcome" value="dismissed">
              {t.decisions.dismissed}
            </button>
            {(['deleted', 'disabled'] as const).map((outcome) => (
              <ConfirmButton
                key={outcome}
                id={`confirm-${outcome}`}
                consequence={t.consequences[outcome]}
                submit={{ name: 'outcome', value: outcome }}
              >
                {t.decisions[outcome]}
              </ConfirmButton>
            ))}
          </div>
        </form>
      )}
    </AdminFrame>
  )
}

/** Messages in order; the reported one is highlighted. */
export function Messages(props: { messages: readonly MessageView[]; marked: string; view: AdminView }) {
  const { messages, marked, view } = props
  const viewer = useViewer()
  const { reports: t } = useText().admin
  return (
    <ol class="plain">
      {messages.map(({ id, sender, body, createdAt, deletedAt }) => (
        <li key={id} class="excerpt" aria-current={id === marked ? 'true' : undefined}>
          <p class="hint">
            <UserLink username={sender} view={view} /> · {fullTime(createdAt, viewer)}
          </p>
          {deletedAt ? (
            <p class="hint">{t.messageDeleted}</p>
          ) : (
            <p class="said" dir="auto">
              {body}
            </p>
          )}
        </li>
      ))}
    </ol>
  )
}
