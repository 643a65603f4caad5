import { Fragment } from 'preact'
import type { OverviewView } from '../../src/admin/schema.ts'
import { fullTime } from '../ui/time.ts'
import { useText } from '../ui/use-text.ts'
import { useViewer } from '../ui/viewer.ts'
import { AdminFrame, type AdminView } from './frame.tsx'
import { adminPaths } from './paths.ts'

/** The figures of the overview, with links to their lists. */
export function OverviewPage({ overview: o, view }: { overview: OverviewView; view: AdminView }) {
  const { overview: t } = useText().admin
  const jobKinds: Record<string, string> = t.jobKinds
  const viewer = useViewer()
  const number = (value: number) => value.toLocaleString(viewer.language)
  const waiting = o.jobs.reduce((sum, job) => sum + job.waiting, 0)
  const failed = o.jobs.reduce((sum, job) => sum + job.failed, 0)
  return (
    <AdminFrame view={view} section="overview">
      <dl class="numbers">
        <Figure label={t.openReports} value={number(o.openReports)} href={adminPaths.reports} />
        <Figure label={t.users} value={number(o.users)} href={adminPaths.users} />
        <Figure label={t.newUsers} value={number(o.newUsers)} />
        <Figure label={t.admins} value={number(o.admins)} href={`${adminPaths.users}?role=admin`} />
        <Figure
          label={t.disabledUsers}
          value={number(o.disabledUsers)}
          href={`${adminPaths.users}?state=disabled`}
        />
        <Figure label={t.newMessages} value={number(o.newMessages)} />
        <Figure label={t.messages} value={number(o.messages)} hint={t.messagesHint} />
        <Figure label={t.liveConnections} value={number(o.liveConnections)} hint={t.liveHint} />
        <Figure label={t.jobsWaiting} value={number(waiting)} />
        <Figure label={t.jobsFailed} value={number(failed)} hint={t.jobsFailedHint} />
      </dl>
      <Access overview={o} />
      <dl class="card facts">
        <dt>{t.version}</dt>
        <dd>{o.version}</dd>
        <dt>{t.database}</dt>
        <dd>{o.database}</dd>
        <dt>{t.bus}</dt>
        <dd>{t.buses[o.bus]}</dd>
        {o.jobs.map((job) => (
          <Fragment key={job.kind}>
            <dt>{t.jobsOfKind(jobKinds[job.kind] ?? job.kind)}</dt>
            <dd>
              {t.jobCounts(
                number(job.waiting),
                number(job.failed),
                job.oldest && fullTime(job.oldest, viewer),
              )}
            </dd>
          </Fragment>
        ))}
      </dl>
    </AdminFrame>
  )
}

/** Who can join, and how to change it. */
function Access({ overview: { signUp, invites, directory, twoFactor } }: { overview: OverviewView }) {
  const { overview: t } = useText().admin
  return (
    <section class="card">
      <h2>{t.access}</h2>
      <p>{t.signUp[signUp]}</p>
      {signUp !== 'closed' && <p>{t.invites[invites]}</p>}
      <p>{t.directory[directory]}</p>
      <p>{t.twoFactor[twoFactor]}</p>
      <p class="hint">{t.accessHint}</p>
    </section>
  )
}

type FigureProps = { label: string; value: string; href?: string; hint?: string }

function Figure({ label, value, href, hint }: FigureProps) {
  return (
    <div class="card number">
      <dt>{href ? <a href={href}>{label}</a> : label}</dt>
      <dd>
        <strong>{value}</strong>
        {hint && <span class="hint">{hint}</span>}
      </dd>
    </div>
  )
}
