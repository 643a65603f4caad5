import { Elysia, t } from 'elysia'
import { adminPaths } from '../../../web/admin/paths.ts'
import { auth } from '../../accounts/sessions/auth.ts'
import { LastAdmin } from '../../accounts/users/errors.ts'
import { noContent } from '../../http/responses.tsx'
import {
  CursorQuery,
  documentError,
  documentErrors,
  Limit,
  problems,
  UsernameParam,
} from '../../http/schema.ts'
import type { Deps } from '../../process/deps.ts'
import { AdminSessionPage, AdminUser, AdminUserPage, oneOf, Role, SORTS, STATES } from '../schema.ts'
import { changeUser, changeUsers, revokeUserSessions } from './change.ts'
import {
  AccountDeleted,
  AccountDisabled,
  CannotDisableSelf,
  OwnTwoFactor,
  UnknownAccount,
  UnknownSession,
} from './errors.ts'
import { getUser, listUsers } from './list.ts'
import { AddedUser, ResetLink, UserActions, UserChange } from './schema.ts'
import { addUser, createUserResetLink } from './service.ts'
import { listUserSessions, revokeUserSession } from './sessions.ts'
import { disableUserTwoFactor } from './two-factor.ts'

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
        responses: { 400: { description: 'The cursor does not belong to this list.' } },
      },
    })
    .post(
      adminPaths.api.users,
      async ({ actor, body, status }) => status(201, await addUser(deps, actor, body)),
      {
        auth: 'admin',
        body: AddedUser,
        response: { 201: AdminUser, ...problems(422) },
        detail: {
          operationId: 'adminCreateUser',
          tags: ['Administration'],
          summary: 'Create a user',
          description: 'Give the user the password, or create a reset link.',
          responses: { 201: { description: 'Created.' } },
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
      ({ actor, params, body }) => changeUser(deps, actor, { ...body, ...params }),
      {
        auth: 'admin',
        params: UsernameParam,
        body: UserChange,
        response: { 200: AdminUser, ...problems(404, 409, 422) },
        detail: {
          operationId: 'adminChangeUser',
          tags: ['Administration'],
          summary: 'Update a user',
          description:
            'Disabling ends all sessions and API tokens, and closes live connections within seconds. A changed email address is notified at the old address.',
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
    .get(
      `${adminPaths.api.users}/:username/sessions`,
      async ({ me, params: { username }, query: { cursor, limit = 50 } }) => {
        await getUser(deps, username)
        return listUserSessions(deps, username, { cursor, limit, current: me.session.id })
      },
      {
        auth: 'admin',
        params: UsernameParam,
        query: t.Object({ cursor: CursorQuery, limit: Limit }),
        response: { 200: AdminSessionPage, ...problems(400, 404, 422) },
        detail: {
          operationId: 'adminListSessions',
          tags: ['Administration'],
          summary: "List a user's sessions",
          description: 'Newest first, including API tokens.',
          responses: { 400: { description: 'The cursor does not belong to this list.' } },
        },
      },
    )
    .delete(
      `${adminPaths.api.users}/:username/sessions`,
      async ({ actor, params: { username } }) => {
        await revokeUserSessions(deps, actor, username)
        return noContent()
      },
      {
        auth: 'admin',
        params: UsernameParam,
        response: { 204: t.Undefined(), ...problems(404, 409) },
        detail: {
          operationId: 'adminEndSessions',
          tags: ['Administration'],
          summary: "End all of a user's sessions",
          description: 'Including API tokens. Your own current session stays.',
          responses: {
            204: { description: 'Ended; their live connections are closed.' },
            404: documentError(new UnknownAccount()),
            409: documentError(new AccountDeleted()),
          },
        },
      },
    )
    .delete(
      `${adminPaths.api.users}/:username/sessions/:id`,
      async ({ actor, params }) => {
        await revokeUserSession(deps, actor, params)
        return noContent()
      },
      {
        auth: 'admin',
        params: t.Object({
          ...UsernameParam.properties,
          id: t.String({ description: '`id` of the session or API token.', examples: ['42'] }),
        }),
        response: { 204: t.Undefined(), ...problems(404, 409) },
        detail: {
          operationId: 'adminEndSession',
          tags: ['Administration'],
          summary: "End a user's session",
          description: 'Or revoke an API token.',
          responses: {
            204: { description: 'Ended; its live connections are closed.' },
            404: documentErrors('No user has this name, or the user has no such session.', [
              new UnknownSession(),
              new UnknownAccount(),
            ]),
            409: documentError(new AccountDeleted()),
          },
        },
      },
    )
    .post(
      `${adminPaths.api.users}/:username/reset-links`,
      async ({ actor, params: { username }, status }) =>
        status(201, { link: await createUserResetLink(deps, actor, username) }),
      {
        auth: 'admin',
        params: UsernameParam,
        response: { 201: ResetLink, ...problems(404, 409) },
        detail: {
          operationId: 'adminCreateResetLink',
          tags: ['Administration'],
          summary: 'Create a password reset link',
          description: 'The link is valid once, for 30 minutes. Send it to the user.',
          responses: {
            201: { description: 'Created.' },
            404: documentError(new UnknownAccount()),
            409: documentErrors('The account is disabled, or was deleted by its owner.', [
              new AccountDisabled(),
              new AccountDeleted(),
            ]),
          },
        },
      },
    )
    .delete(
      `${adminPaths.api.users}/:username/two-factor`,
      async ({ actor, params: { username } }) => {
        await disableUserTwoFactor(deps, actor, username)
        return noContent()
      },
      {
        auth: 'admin',
        params: UsernameParam,
        response: { 204: t.Undefined(), ...problems(404, 409) },
        detail: {
          operationId: 'adminEndTwoFactor',
          tags: ['Administration'],
          summary: "Turn off a user's two-factor authentication",
          description:
            'For a user who lost the app and the recovery codes. A user with an email address is notified.',
          responses: {
            204: { description: 'Turned off.' },
            404: documentError(new UnknownAccount()),
            409: documentErrors(
              'The account was deleted by its owner, or it is your own: use your settings, which require the password.',
              [new OwnTwoFactor(), new AccountDeleted()],
            ),
          },
        },
      },
    )
}
