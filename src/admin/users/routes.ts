import { Elysia, t } from 'elysia'
import { adminPaths } from '../../../web/admin/paths.ts'
import { auth } from '../../accounts/sessions/auth.ts'
import { LastAdmin } from '../../accounts/users/errors.ts'
import { BadCursor } from '../../http/errors.ts'
import { noContent } from '../../http/responses.tsx'
import {
  CursorQuery,
  documentError,
  documentErrors,
  Limit,
  LOCATION,
  problems,
  UsernameParam,
} from '../../http/schema.ts'
import type { Deps } from '../../process/deps.ts'
import { AdminUser, AdminUserPage, oneOf, Role, SORTS, STATES } from '../schema.ts'
import { changeUser, changeUsers } from './change.ts'
import { confirmAdmin } from './confirm.ts'
import { AccountDeleted, CannotDisableSelf, UnknownAccount } from './errors.ts'
import { getUser, listUsers } from './list.ts'
import { AddedUser, UserActions, UserChange } from './schema.ts'
import { addUser } from './service.ts'

const REFUSED = {
  404: documentError(new UnknownAccount()),
  409: documentErrors(
    'The only administrator cannot be disabled or demoted, your own account cannot be disabled, and a deleted account cannot be changed.',
    [new LastAdmin(), new CannotDisableSelf(), new AccountDeleted()],
  ),
}

/** Accounts, for administrators, as JSON. */
export function adminUserRoutes(deps: Deps) {
  return new Elysia()
    .use(auth(deps))
    .get(adminPaths.api.users, ({ query }) => listUsers(deps, { ...query, limit: query.limit ?? 50 }), {
      auth: 'admin',
      query: t.Object({
        search: t.Optional(
          t.String({
            maxLength: 200,
            description: 'The beginning of a username, of a word of a display name, or of an email address.',
            examples: ['love'],
          }),
        ),
        role: t.Optional(Role),
        state: t.Optional(oneOf(STATES, { description: 'By default all accounts that are not deleted.' })),
        sort: t.Optional(
          oneOf(SORTS, {
            description: 'The column to sort by; `-` for descending. `-createdAt` by default.',
          }),
        ),
        cursor: CursorQuery,
        limit: Limit,
      }),
      response: { 200: AdminUserPage, ...problems(400, 422) },
      detail: {
        operationId: 'adminListUsers',
        tags: ['Administration'],
        summary: 'List users',
        description: 'With search, filters and sorting.',
        responses: { 400: documentError(new BadCursor()) },
      },
    })
    .post(
      adminPaths.api.users,
      async ({ me, actor, body: { yourPassword, yourCode, ...body }, set, status }) => {
        if (body.role === 'admin') await confirmAdmin(deps, me, { yourPassword, yourCode })
        const user = await addUser(deps, actor, body)
        set.headers.location = adminPaths.api.user(user.username)
        return status(201, user)
      },
      {
        auth: 'admin',
        body: AddedUser,
        response: { 201: AdminUser, ...problems(422, 429) },
        detail: {
          operationId: 'adminCreateUser',
          tags: ['Administration'],
          summary: 'Create a user',
          description:
            'Give the user the password, or create a reset link. A new administrator needs your own password.',
          responses: { 201: { description: 'Created.', headers: LOCATION } },
        },
      },
    )
    .get(`${adminPaths.api.users}/:username`, ({ params }) => getUser(deps, params.username), {
      auth: 'admin',
      params: UsernameParam,
      response: { 200: AdminUser, ...problems(404) },
      detail: {
        operationId: 'adminGetUser',
        tags: ['Administration'],
        summary: 'Get a user',
        description: 'Including disabled and deleted accounts.',
      },
    })
    .patch(
      `${adminPaths.api.users}/:username`,
      async ({ me, actor, params, body: { yourPassword, yourCode, ...body } }) => {
        const isConfirmed = !me.hasPassword || Boolean(yourPassword)
        if (isConfirmed) await confirmAdmin(deps, me, { yourPassword, yourCode })
        return changeUser(deps, actor, { ...body, ...params, isConfirmed })
      },
      {
        auth: 'admin',
        params: UsernameParam,
        body: UserChange,
        response: { 200: AdminUser, ...problems(404, 409, 422, 429) },
        detail: {
          operationId: 'adminChangeUser',
          tags: ['Administration'],
          summary: 'Update a user',
          description:
            'Disabling ends all sessions and API tokens, and closes live connections within seconds. A new email address or role needs your own password, and a notification is sent to the old address. 429 after ten wrong passwords or codes.',
          responses: REFUSED,
        },
      },
    )
    .post(
      adminPaths.api.userActions,
      async ({ actor, body }) => {
        await changeUsers(deps, actor, body)
        return noContent()
      },
      {
        auth: 'admin',
        body: UserActions,
        response: { 204: t.Undefined(), ...problems(404, 409, 422) },
        detail: {
          operationId: 'adminActOnUsers',
          tags: ['Administration'],
          summary: 'Update several users',
          description: 'Changes all of them or none.',
          responses: { 204: { description: 'Changed.' }, ...REFUSED },
        },
      },
    )
}
