import type { AdminUserPageView, AdminUserView, Column, MassAction, Sort } from '../../src/admin/schema.ts'
import { withQuery } from '../paths.ts'
import { ConfirmButton } from '../ui/confirm.tsx'
import { Choice, Field, Saved } from '../ui/form.tsx'
import { fullTime, listTime } from '../ui/time.ts'
import { useErrorText, useText } from '../ui/use-text.ts'
import { useViewer } from '../ui/viewer.ts'
import { FilterOptions, filters } from './filters.tsx'
import { AdminFrame, type AdminView, Pages, Table } from './frame.tsx'
import { adminPaths } from './paths.ts'

type UserQuery = {
  search?: string | undefined
  role?: 'user' | 'admin' | undefined
  state?: 'active' | 'disabled' | 'deleted' | undefined
  sort?: Sort | undefined
  cursor?: string | undefined
}
export type UsersProps = {
  users: AdminUserPageView
  query: UserQuery
  /** Why the mass action failed: an error code or a sentence. */
  fault: string | null
  done: { action: MassAction; count: number } | null
  view: AdminView
}

export function UsersPage(props: UsersProps) {
  const { query, view } = props
  const { admin } = useText()
  const t = admin.users
  return (
    <AdminFrame view={view} section="users">
      {view.passwords && (
        <p>
          <a class="button quiet" href={adminPaths.newUser}>
            {t.add}
          </a>
        </p>
      )}
      <form {...filters(adminPaths.users)}>
        <Field errors={{}} name="search" label={t.search} input={{ type: 'search', value: query.search }} />
        <Choice errors={{}} name="role" label={t.role}>
          <FilterOptions chosen={query.role} any={admin.any} options={t.roles} />
        </Choice>
        <Choice errors={{}} name="state" label={t.state}>
          <FilterOptions chosen={query.state} any={t.notDeleted} options={t.states} />
        </Choice>
        {query.sort && <input type="hidden" name="sort" value={query.sort} />}
        <button class="button" type="submit">
          {admin.filter}
        </button>
      </form>
      <UserList {...props} />
    </AdminFrame>
  )
}

const COLUMNS: readonly Column[] = ['username', 'displayName', 'email', 'createdAt']

/** Only the list, for htmx to swap. */
export function UserList({ users, query, fault, done }: UsersProps) {
  const errorText = useErrorText()
  const { admin } = useText()
  const t = admin.users
  return (
    <form id="list" class="stack wide" method="post" action={withQuery(adminPaths.userActions, query)}>
      {/* Enter in a checkbox presses the first submit button. This one does nothing outside a <dialog>. */}
      <button type="submit" formmethod="dialog" hidden />
      {fault && (
        <p class="summary" role="alert">
          {errorText(fault)}
        </p>
      )}
      {done && <Saved>{t.results[done.action](done.count)}</Saved>}
      {users.results.length === 0 ? (
        <p class="card">{t.none}</p>
      ) : (
        <>
          <div class="on-selection">
            <p class="hint">{t.selectHint}</p>
            <div class="buttons">
              <span class="hint">{t.selected}</span>
              <button class="button quiet" type="submit" name="action" value="enable">
                {t.actions.enable}
              </button>
              {(['disable', 'end-sessions'] as const).map((action) => (
                <ConfirmButton
                  key={action}
                  id={`confirm-${action}`}
                  consequence={t.consequences[action]}
                  submit={{ name: 'action', value: action }}
                >
                  {t.actions[action]}
                </ConfirmButton>
              ))}
            </div>
          </div>
          <Table label={admin.sections.users}>
            <thead>
              <tr>
                <td />
                {COLUMNS.map((column) => (
                  <Heading key={column} column={column} query={query} label={t[column]} />
                ))}
                <th scope="col">{t.role}</th>
                <th scope="col">{t.state}</th>
                <th scope="col">{t.lastSeenAt}</th>
              </tr>
            </thead>
            <tbody>
              {users.results.map((user) => (
                <UserRow key={user.username} user={user} />
              ))}
            </tbody>
          </Table>
        </>
      )}
      <Pages path={adminPaths.users} query={query} next={users.next} />
    </form>
  )
}

/** Links to the list sorted by this column; the sorted column links to the reverse order. */
function Heading({ column, query, label }: { column: Column; query: UserQuery; label: string }) {
  const { sort = '-createdAt' } = query
  const isSorted = sort.replace('-', '') === column
  const ascends = !sort.startsWith('-')
  const next = isSorted && ascends ? `-${column}` : column
  return (
    <th scope="col" aria-sort={isSorted ? (ascends ? 'ascending' : 'descending') : undefined}>
      <a href={withQuery(adminPaths.users, { ...query, cursor: undefined, sort: next })}>
        {label}
        {isSorted && <span aria-hidden="true">{ascends ? ' ↑' : ' ↓'}</span>}
      </a>
    </th>
  )
}

function UserRow({ user }: { user: AdminUserView }) {
  const viewer = useViewer()
  const { admin } = useText()
  const t = admin.users
  const { username, email, role, createdAt, lastSeenAt } = user
  const time = (iso: string) => (
    <time datetime={iso} title={fullTime(iso, viewer)}>
      {listTime(iso, viewer, Date.now())}
    </time>
  )
  return (
    <tr>
      <td>
        {!user.deletedAt && (
          <input type="checkbox" name={`pick.${username}`} value="on" aria-label={t.select(`@${username}`)} />
        )}
      </td>
      <th scope="row">
        <a href={adminPaths.user(username)}>@{username}</a>
      </th>
      <td>
        <bdi>{user.displayName}</bdi>
      </td>
      <td>{email ?? '–'}</td>
      <td>{time(createdAt)}</td>
      <td>{t.roles[role]}</td>
      <td>{t.states[stateOf(user)]}</td>
      <td>{lastSeenAt ? time(lastSeenAt) : '–'}</td>
    </tr>
  )
}

const stateOf = ({ disabledAt, deletedAt }: AdminUserView) =>
  deletedAt ? 'deleted' : disabledAt ? 'disabled' : 'active'
