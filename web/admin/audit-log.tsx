import type { Action, AuditEntryView, AuditPageView } from '../../src/admin/schema.ts'
import { Choice, type FieldErrors } from '../ui/form.tsx'
import { fullTime, shortTime } from '../ui/time.ts'
import { useText } from '../ui/use-text.ts'
import { usePunctuation, useViewer } from '../ui/viewer.ts'
import { FilterOptions, filters, PeriodFilters, UsernameFilters } from './filters.tsx'
import { AdminFrame, type AdminView, Pages, Table, UserLink } from './frame.tsx'
import { adminPaths } from './paths.ts'

type AuditQuery = Partial<
  Record<'actor' | 'user' | 'action' | 'since' | 'until' | 'cursor', string | undefined>
>
export type AuditLogProps = {
  entries: AuditPageView
  query: AuditQuery
  errors: FieldErrors
  view: AdminView
}

export function AuditLogPage(props: AuditLogProps) {
  const { query, errors, view } = props
  const { admin } = useText()
  const t = admin.audit
  return (
    <AdminFrame view={view} section="audit">
      <form {...filters(adminPaths.audit)}>
        <UsernameFilters labels={{ actor: t.actor, user: t.user }} query={query} errors={errors} />
        <Choice errors={errors} name="action" label={t.action}>
          <FilterOptions chosen={query.action} any={admin.any} options={t.actions} />
        </Choice>
        <PeriodFilters query={query} errors={errors} />
        <button class="button" type="submit">
          {admin.filter}
        </button>
      </form>
      <AuditList {...props} />
    </AdminFrame>
  )
}

/** Only the list, for htmx to swap. */
export function AuditList({ entries, query, view }: AuditLogProps) {
  const { admin } = useText()
  const t = admin.audit
  return (
    <div id="list" class="stack wide">
      {entries.results.length === 0 ? (
        <p class="card">{t.noEntries}</p>
      ) : (
        <Table label={admin.sections.audit}>
          <thead>
            <tr>
              {(['at', 'actor', 'action', 'user', 'detail', 'address'] as const).map((column) => (
                <th key={column} scope="col">
                  {t[column]}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {entries.results.map((entry) => (
              <AuditRow key={entry.id} entry={entry} view={view} />
            ))}
          </tbody>
        </Table>
      )}
      <Pages path={adminPaths.audit} query={query} next={entries.next} />
    </div>
  )
}

function AuditRow({ entry, view }: { entry: AuditEntryView; view: AdminView }) {
  const { admin } = useText()
  const viewer = useViewer()
  const { at, actor, action, target, detail, address } = entry
  return (
    <tr>
      <td>
        <time datetime={at} title={fullTime(at, viewer)}>
          {shortTime(at, viewer)}
        </time>
      </td>
      <td>{actor ? <UserLink username={actor} view={view} /> : admin.audit[systemOf(action)]}</td>
      <td>{admin.audit.actions[action as Action]}</td>
      <td>{target && <Target {...target} view={view} />}</td>
      <td>
        {isUnfiltered(entry) && <div>{admin.audit.allMessages}</div>}
        {Object.entries(detail).map(([name, value]) => (
          <Detail key={name} name={name} value={value} view={view} />
        ))}
      </td>
      <td>{address ?? '–'}</td>
    </tr>
  )
}

/** Who acts without an account. */
const systemOf = (action: AuditEntryView['action']) =>
  action === 'user.signed-out-by-provider' ? 'provider' : 'commandLine'

/** Whether the entry is a search with all fields empty. */
const isUnfiltered = ({ action, detail: { shown, ...query } }: AuditEntryView) =>
  action === 'message.searched' && Object.keys(query).length === 0

type DetailProps = { name: string; value: unknown; view: AdminView }

function Detail({ name, value, view }: DetailProps) {
  const { users, audit } = useText().admin
  const { colon } = usePunctuation()
  const viewer = useViewer()
  const fields: Record<string, string> = { displayName: users.displayName, email: users.email }
  const shown = () => {
    if (name === 'author' || name === 'recipient') return view.nameOf(String(value))
    if (name === 'role') return users.roles[value as keyof typeof users.roles]
    if (name === 'since' || name === 'until') return shortTime(String(value), viewer)
    if (name === 'shown') return (value as string[]).join(' · ') || audit.noMessages
    return Array.isArray(value) ? value.map((field) => fields[field] ?? field).join(', ') : String(value)
  }
  return (
    <div>
      {audit.details[name as keyof typeof audit.details]}
      {colon}
      <bdi>{shown()}</bdi>
    </div>
  )
}

type TargetProps = NonNullable<AuditEntryView['target']> & { view: AdminView }

function Target({ type, id, view }: TargetProps) {
  const { audit: t } = useText().admin
  if (type === 'user') return <UserLink username={id} view={view} />
  if (type === 'report') return <a href={adminPaths.report(id)}>{t.report(id)}</a>
  return view.readsMessages ? (
    <a href={adminPaths.message(id)}>{t.message(id)}</a>
  ) : (
    <span>{t.message(id)}</span>
  )
}
