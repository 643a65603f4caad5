import type { OverviewView } from '../../src/admin/schema.ts'
import { text } from '../text/text.ts'
import { AdminFrame, type AdminView } from './frame.tsx'
import { adminPaths } from './paths.ts'

/** Numbers at a glance, each with the way to what it counts. */
export function OverviewPage({ overview: o, view }: { overview: OverviewView; view: AdminView }) {
  const { language } = view.reader
  const { overview: t } = text(language).admin
  const number = (value: number) => value.toLocaleString(language)
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
      </dl>
      <dl class="card facts">
        <dt>{t.version}</dt>
        <dd>{o.version}</dd>
        <dt>{t.database}</dt>
        <dd>{o.database}</dd>
        <dt>{t.bus}</dt>
        <dd>{t.buses[o.bus]}</dd>
      </dl>
    </AdminFrame>
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
