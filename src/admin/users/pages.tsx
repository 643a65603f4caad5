import { Elysia, type Static, t } from 'elysia'
import { adminPaths } from '../../../web/admin/paths.ts'
import { DONE, NewUserPage, type NewUserProps, UserPage, type UserProps } from '../../../web/admin/user.tsx'
import { UserList, UsersPage, type UsersProps } from '../../../web/admin/users.tsx'
import { withQuery } from '../../../web/paths.ts'
import { text } from '../../../web/text/text.ts'
import { auth } from '../../accounts/sessions/auth.ts'
import type { Me } from '../../accounts/sessions/session.ts'
import { asFieldErrors, fragment, isFragment, page, seeOther } from '../../http/responses.tsx'
import { UsernameParam } from '../../http/schema.ts'
import { peerOf } from '../../http/security.ts'
import { adminViewerOf, localizeDeleted } from '../../http/viewer.ts'
import type { Deps } from '../../process/deps.ts'
import { actorOf } from '../audit-log/service.ts'
import { MASS_ACTIONS, ROLES, SORTS, STATES } from '../schema.ts'
import { getUser, listUsers } from './list.ts'
import { addUser, changeUser, changeUsers, createUserResetLink, revokeUserSessions } from './service.ts'
import { listUserSessions, revokeUserSession } from './sessions.ts'
import { disableUserTwoFactor } from './two-factor.ts'

/** Users, and sessions of one, on a page. */
const ROWS = { users: 50, sessions: 20 }

/** What a picked user's checkbox is called, before the username. */
const PICK = 'pick.'

const field = t.Optional(t.String({ maxLength: 1000 }))
/** What is asked of the list, and what was done to how many of those that were picked in it. */
const UsersQuery = t.Object({
  search: field,
  role: field,
  state: field,
  sort: field,
  cursor: field,
  done: field,
  count: field,
})
const roleOf = (role: string | undefined) => ROLES.find((known) => known === role)

/** Accounts, for administrators, as pages and as the forms in them. */
export function adminUserPages(deps: Deps) {
  return new Elysia({ detail: { hide: true } })
    .use(auth(deps))
    .get(adminPaths.users, ({ me, request, query }) => showUsers(request, me, { query }), {
      auth: 'admin',
      query: UsersQuery,
    })
    .post(
      adminPaths.userActions,
      async ({ me, request, query, body }) => {
        const usernames = Object.keys(body)
          .filter((name) => name.startsWith(PICK))
          .map((name) => name.slice(PICK.length))
        const action = MASS_ACTIONS.find((action) => action === body.action)
        if (!action || usernames.length === 0 || usernames.length > ROWS.users) {
          const { language } = adminViewerOf(deps, request, me).reader
          return showUsers(request, me, { query, fault: text(language).admin.users.selectSome, status: 422 })
        }
        try {
          await changeUsers(deps, actorOf(me, peerOf(request)), { usernames, action })
          const done = { done: action, count: String(usernames.length) }
          return seeOther(request, withQuery(adminPaths.users, { ...query, ...done }))
        } catch (error) {
          const { errors, status } = asFieldErrors(error, adminViewerOf(deps, request, me).reader)
          return showUsers(request, me, { query, fault: Object.values(errors)[0] ?? null, status })
        }
      },
      { auth: 'admin', query: UsersQuery, body: t.Record(t.String(), t.String({ maxLength: 100 })) },
    )
    .get(adminPaths.newUser, ({ me, request }) => showNewUser(request, me, { typed: {}, errors: {} }), {
      auth: 'admin',
    })
    .post(
      adminPaths.newUser,
      async ({ me, request, body: { username = '', password = '', displayName, email, role } }) => {
        const typed = { username, displayName, email, role: roleOf(role) }
        try {
          await addUser(deps, actorOf(me, peerOf(request)), { ...typed, password })
          return seeOther(request, `${adminPaths.user(username)}?done=added`)
        } catch (error) {
          const fault = asFieldErrors(error, adminViewerOf(deps, request, me).reader)
          return showNewUser(request, me, { typed, ...fault })
        }
      },
      {
        auth: 'admin',
        body: t.Object({ username: field, password: field, displayName: field, email: field, role: field }),
      },
    )
    .get(
      '/admin/users/of/:username',
      ({ me, request, params: { username }, query: { cursor, done } }) =>
        showUser(request, me, username, {
          cursor,
          done: DONE.find((known) => known === done) ?? null,
        }),
      { auth: 'admin', params: UsernameParam, query: t.Object({ cursor: field, done: field }) },
    )
    .post(
      '/admin/users/of/:username',
      async ({ me, request, params: { username }, body }) => {
        const { displayName, email, role } = body
        const change = { displayName, email, role: roleOf(role) }
        // A box that is not ticked is not sent; of oneself there is none.
        const disabled =
          username.toLowerCase() === me.username.toLowerCase() ? undefined : body.disabled === 'on'
        try {
          await changeUser(deps, actorOf(me, peerOf(request)), { username, ...change, disabled })
          return seeOther(request, `${adminPaths.user(username)}?done=saved`)
        } catch (error) {
          const fault = asFieldErrors(error, adminViewerOf(deps, request, me).reader)
          return showUser(request, me, username, { typed: { ...change, disabled }, ...fault })
        }
      },
      {
        auth: 'admin',
        params: UsernameParam,
        body: t.Object({ displayName: field, email: field, role: field, disabled: field }),
      },
    )
    .post(
      '/admin/users/of/:username/sessions/end',
      async ({ me, request, params: { username } }) => {
        await revokeUserSessions(deps, actorOf(me, peerOf(request)), username)
        return seeOther(request, `${adminPaths.user(username)}?done=ended`)
      },
      { auth: 'admin', params: UsernameParam },
    )
    .post(
      '/admin/users/of/:username/sessions/:id/end',
      async ({ me, request, params }) => {
        await revokeUserSession(deps, actorOf(me, peerOf(request)), params)
        return seeOther(request, `${adminPaths.user(params.username)}?done=ended`)
      },
      { auth: 'admin', params: t.Object({ username: t.String(), id: t.String() }) },
    )
    .post(
      '/admin/users/of/:username/reset-link',
      async ({ me, request, params: { username } }) => {
        const link = await createUserResetLink(deps, actorOf(me, peerOf(request)), username)
        return showUser(request, me, username, { link })
      },
      { auth: 'admin', params: UsernameParam },
    )
    .post(
      '/admin/users/of/:username/two-factor/end',
      async ({ me, request, params: { username } }) => {
        await disableUserTwoFactor(deps, actorOf(me, peerOf(request)), username)
        return seeOther(request, `${adminPaths.user(username)}?done=two-factor-off`)
      },
      { auth: 'admin', params: UsernameParam },
    )

  async function showUsers(
    request: Request,
    me: Me,
    { query: given = {}, fault = null, status = 200 }: Listed,
  ): Promise<Response> {
    const view = adminViewerOf(deps, request, me)
    const query = {
      search: given.search?.slice(0, 200),
      role: roleOf(given.role),
      state: STATES.find((state) => state === given.state),
      sort: SORTS.find((sort) => sort === given.sort),
      cursor: given.cursor,
    }
    const { results, next } = await listUsers(deps, { ...query, limit: ROWS.users })
    const users = { results: results.map((user) => localizeDeleted(user, view.reader)), next }
    const action = MASS_ACTIONS.find((action) => action === given.done)
    const done = action && !fault ? { action, count: Number(given.count) || 0 } : null
    const props: UsersProps = { users, query, fault, done, view }
    const title = text(view.reader.language).admin.sections.users
    return isFragment(request)
      ? fragment(<UserList {...props} />, { status })
      : page(deps, { title, reader: view.reader, status }, <UsersPage {...props} />)
  }

  function showNewUser(
    request: Request,
    me: Me,
    { status = 200, ...props }: Omit<NewUserProps, 'view'> & { status?: number },
  ): Response {
    const view = adminViewerOf(deps, request, me)
    const title = text(view.reader.language).admin.users.add
    return page(deps, { title, reader: view.reader, status }, <NewUserPage {...props} view={view} />)
  }

  async function showUser(
    request: Request,
    me: Me,
    username: string,
    { status = 200, cursor, ...outcome }: Partial<UserProps> & { status?: number },
  ): Promise<Response> {
    const view = adminViewerOf(deps, request, me)
    const user = localizeDeleted(await getUser(deps, username), view.reader)
    const current = me.session.id
    const sessions = await listUserSessions(deps, username, { cursor, limit: ROWS.sessions, current })
    const isSelf = user.username === me.username
    const props = { typed: {}, errors: {}, done: null, link: null, ...outcome, cursor }
    return page(
      deps,
      { title: user.displayName, reader: view.reader, status },
      <UserPage {...props} user={user} sessions={sessions} isSelf={isSelf} view={view} />,
    )
  }
}

type Listed = {
  query?: Static<typeof UsersQuery>
  /** Why nothing was done to those that were picked. */
  fault?: string | null
  status?: number
}
