import { Elysia, type Static, t } from 'elysia'
import { adminPaths } from '../../../web/admin/paths.ts'
import { DONE, NewUserPage, type NewUserProps, UserPage, type UserProps } from '../../../web/admin/user.tsx'
import { UserList, UsersPage, type UsersProps } from '../../../web/admin/users.tsx'
import { withQuery } from '../../../web/paths.ts'
import { text } from '../../../web/text/text.ts'
import type { Viewer } from '../../accounts/profile/schema.ts'
import { auth } from '../../accounts/sessions/auth.ts'
import type { Me } from '../../accounts/sessions/session.ts'
import { needsCode } from '../../accounts/two-factor/service.ts'
import { type FormErrors, formRenderer } from '../../http/request-context.ts'
import { fragment, isFragment, page, seeOther } from '../../http/responses.tsx'
import { FormField, PageQuery, UsernameParam } from '../../http/schema.ts'
import { localizeDeleted } from '../../http/viewer.ts'
import type { Deps } from '../../process/deps.ts'
import { MASS_ACTIONS, ROLES, SORTS, STATES } from '../schema.ts'
import { adminViewOf } from '../view.ts'
import { changeUser, changeUsers, revokeUserSessions } from './change.ts'
import { confirmAdmin } from './confirm.ts'
import { getUser, listUsers } from './list.ts'
import { addUser, createUserResetLink } from './service.ts'
import { listUserSessions, revokeUserSession } from './sessions.ts'
import { disableUserTwoFactor } from './two-factor.ts'

/** Rows per page. */
const ROWS = { users: 50, sessions: 20 }

/** Prefix of the name of a user's checkbox, before the username. */
const PICK = 'pick.'

/** Filters of the list, and the result of the last action on selected users. */
const UsersQuery = PageQuery({
  search: FormField,
  role: FormField,
  state: FormField,
  sort: FormField,
  cursor: FormField,
  done: FormField,
  count: FormField,
})
/** The fields of the administrator's own password and code. */
const Confirming = { yourPassword: FormField, yourCode: FormField }

const roleOf = (role: string | undefined) => ROLES.find((known) => known === role)

/** Accounts, for administrators, as pages and forms. */
export function adminUserPages(deps: Deps) {
  return new Elysia({ detail: { hide: true } })
    .use(auth(deps))
    .get(adminPaths.users, ({ viewer, request, query }) => showUsers({ viewer, request }, { query }), {
      auth: 'admin',
      query: UsersQuery,
    })
    .post(
      adminPaths.userActions,
      async ({ actor, viewer, request, query, body }) => {
        const usernames = Object.keys(body)
          .filter((name) => name.startsWith(PICK))
          .map((name) => name.slice(PICK.length))
        const action = MASS_ACTIONS.find((action) => action === body.action)
        if (!action || usernames.length === 0 || usernames.length > ROWS.users) {
          const fault = text(viewer.language).admin.users.selectSome
          return showUsers({ viewer, request }, { query, fault, status: 422 })
        }
        await changeUsers(deps, actor, { usernames, action })
        const done = { done: action, count: String(usernames.length) }
        return seeOther(request, withQuery(adminPaths.users, { ...query, ...done }))
      },
      {
        auth: 'admin',
        form: formRenderer(({ errors, status }, { query, ...context }) =>
          showUsers(context, { query, fault: Object.values(errors)[0] ?? null, status }),
        ),
        query: UsersQuery,
        body: t.Record(t.String(), t.String({ maxLength: 100 })),
      },
    )
    .get(
      adminPaths.newUser,
      ({ me, request, viewer }) =>
        deps.config.passwords
          ? showNewUser({ me, viewer }, { typed: {}, errors: {} })
          : seeOther(request, adminPaths.users),
      { auth: 'admin' },
    )
    .post(
      adminPaths.newUser,
      async ({ me, actor, request, body: { yourPassword, yourCode, ...body } }) => {
        const { username = '', password = '', role, ...names } = body
        if (roleOf(role) === 'admin') await confirmAdmin(deps, me, { yourPassword, yourCode })
        const account = { username, password, ...names, role: roleOf(role) }
        const added = await addUser(deps, actor, account)
        return seeOther(request, `${adminPaths.user(added.username)}?done=added`)
      },
      {
        auth: 'admin',
        form: formRenderer((fault, { me, viewer, body: { username = '', displayName, email, role } }) =>
          showNewUser(
            { me, viewer },
            { typed: { username, displayName, email, role: roleOf(role) }, ...fault },
          ),
        ),
        body: t.Object({
          username: FormField,
          password: FormField,
          displayName: FormField,
          email: FormField,
          role: FormField,
          ...Confirming,
        }),
      },
    )
    .get(
      '/admin/users/of/:username',
      ({ me, viewer, params: { username }, query: { cursor, done } }) =>
        showUser({ me, viewer }, username, {
          cursor,
          done: DONE.find((known) => known === done) ?? null,
        }),
      { auth: 'admin', params: UsernameParam, query: PageQuery({ cursor: FormField, done: FormField }) },
    )
    .post(
      '/admin/users/of/:username',
      async ({ me, actor, request, params: { username }, body }) => {
        const isConfirmed = !me.hasPassword || !!body.yourPassword
        if (isConfirmed) await confirmAdmin(deps, me, body)
        await changeUser(deps, actor, { username, ...changeOf(body), isConfirmed })
        const done: (typeof DONE)[number] = body.disabled ? 'status' : 'saved'
        return seeOther(request, withQuery(adminPaths.user(username), { done }))
      },
      {
        auth: 'admin',
        form: formRenderer((fault, { me, viewer, params, body }) => {
          const failed = { form: 'account', ...fault } as const
          return showUser({ me, viewer }, params.username!, { typed: changeOf(body), failed })
        }),
        params: UsernameParam,
        body: t.Object({
          displayName: FormField,
          email: FormField,
          role: FormField,
          disabled: FormField,
          ...Confirming,
        }),
      },
    )
    .post(
      '/admin/users/of/:username/sessions/end',
      async ({ actor, request, params: { username } }) => {
        await revokeUserSessions(deps, actor, username)
        return seeOther(request, `${adminPaths.user(username)}?done=ended`)
      },
      { auth: 'admin', params: UsernameParam },
    )
    .post(
      '/admin/users/of/:username/sessions/:id/end',
      async ({ actor, request, params }) => {
        await revokeUserSession(deps, actor, params)
        return seeOther(request, `${adminPaths.user(params.username)}?done=ended`)
      },
      { auth: 'admin', params: t.Object({ username: t.String(), id: t.String() }) },
    )
    .post(
      '/admin/users/of/:username/reset-link',
      async ({ me, viewer, actor, params: { username }, body }) => {
        await confirmAdmin(deps, me, body)
        const link = await createUserResetLink(deps, actor, username)
        return showUser({ me, viewer }, username, { link })
      },
      {
        auth: 'admin',
        form: formRenderer((fault, { params, ...context }) =>
          showUser(context, params.username!, { failed: { form: 'resetLink', ...fault } }),
        ),
        params: UsernameParam,
        body: t.Object(Confirming),
      },
    )
    .post(
      '/admin/users/of/:username/two-factor/end',
      async ({ me, actor, request, params: { username }, body }) => {
        await confirmAdmin(deps, me, body)
        await disableUserTwoFactor(deps, actor, username)
        return seeOther(request, `${adminPaths.user(username)}?done=two-factor-off`)
      },
      {
        auth: 'admin',
        form: formRenderer((fault, { params, ...context }) =>
          showUser(context, params.username!, { failed: { form: 'twoFactor', ...fault } }),
        ),
        params: UsernameParam,
        body: t.Object(Confirming),
      },
    )

  async function showUsers(
    { viewer, request }: { viewer: Viewer; request: Request },
    { query: given = {}, fault = null, status = 200 }: Listed,
  ): Promise<Response> {
    const view = adminViewOf(deps, viewer)
    const query = {
      search: given.search?.slice(0, 200),
      role: roleOf(given.role),
      state: STATES.find((state) => state === given.state),
      sort: SORTS.find((sort) => sort === given.sort),
      cursor: given.cursor,
    }
    const { results, next } = await listUsers(deps, { ...query, limit: ROWS.users })
    const users = { results: results.map((user) => localizeDeleted(user, viewer)), next }
    const action = MASS_ACTIONS.find((action) => action === given.done)
    const done = action && !fault ? { action, count: Number(given.count) || 0 } : null
    const props: UsersProps = { users, query, fault, done, view }
    const title = text(viewer.language).admin.sections.users
    return isFragment(request)
      ? fragment({ viewer, status }, <UserList {...props} />)
      : page(deps, { title, viewer, status }, <UsersPage {...props} />)
  }

  async function showNewUser(
    { me, viewer }: { me: Me; viewer: Viewer },
    { status = 200, ...typed }: Omit<NewUserProps, 'view' | 'needsCode'> & { status?: number },
  ): Promise<Response> {
    const view = adminViewOf(deps, viewer)
    const props = { ...typed, needsCode: await needsCode(deps, me) }
    const title = text(viewer.language).admin.users.add
    return page(deps, { title, viewer, status }, <NewUserPage {...props} view={view} />)
  }

  async function showUser(
    { me, viewer }: { me: Me; viewer: Viewer },
    username: string,
    { cursor, failed, ...outcome }: Shown,
  ): Promise<Response> {
    const view = adminViewOf(deps, viewer)
    const user = localizeDeleted(await getUser(deps, username), viewer)
    const current = me.session.id
    const sessions = await listUserSessions(deps, username, { cursor, limit: ROWS.sessions, current })
    const isSelf = user.username === me.username
    const { status = 200, form: failedForm = null, errors = {} } = failed ?? {}
    const needed = await needsCode(deps, me)
    const state = { errors, failedForm, needsCode: needed, isSelf, cursor }
    const props = { typed: {}, done: null, link: null, ...outcome, ...state }
    return page(
      deps,
      { title: user.displayName, viewer, status },
      <UserPage {...props} user={user} sessions={sessions} view={view} />,
    )
  }
}

/** Reads the form of a user or of its status; each sends only its own fields. */
function changeOf({ displayName, email, role, disabled }: Record<string, string | undefined>) {
  return { displayName, email, role: roleOf(role), disabled: disabled ? disabled === 'on' : undefined }
}

/** What the page of a user shows beside the account. */
type Shown = Partial<Pick<UserProps, 'typed' | 'done' | 'link' | 'cursor'>> & {
  failed?: FormErrors & { form: NonNullable<UserProps['failedForm']> }
}

type Listed = {
  query?: Static<typeof UsersQuery>
  /** Why the action on the selected users failed. */
  fault?: string | null
  status?: number
}
