import { Elysia, t } from 'elysia'
import { adminPaths } from '../../../web/admin/paths.ts'
import { auth } from '../../accounts/sessions/auth.ts'
import { noContent } from '../../http/responses.tsx'
import { CursorQuery, Limit, problems, UsernameParam } from '../../http/schema.ts'
import type { Deps } from '../../process/deps.ts'
import { AdminSessionPage, AdminUser, AdminUserPage, oneOf, Role, SORTS, STATES } from '../schema.ts'
import { getUser, listUsers } from './list.ts'
import { AddedUser, ResetLink, UserActions, UserChange } from './schema.ts'
import { addUser, changeUser, changeUsers, createUserResetLink, revokeUserSessions } from './service.ts'
import { listUserSessions, revokeUserSession } from './sessions.ts'
import { disableUserTwoFactor } from './two-factor.ts'

const REFUSED = {
  409: {
    description: 'It would keep out the last administrator, or oneself; or the account was deleted.',
  },
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
            description: 'Start of a username, of a word of a display name, or of an email address.',
            examples: ['love'],
          }),
        ),
        role: t.Optional(Role),
        state: t.Optional(
          oneOf(STATES, { description: 'Without it: all but those whose owner deleted them.' }),
        ),
        sort: t.Optional(
          oneOf(SORTS, {
            description: 'By what; with `-` from the end. `-createdAt`, when left out.',
          }),
        ),
        cursor: CursorQuery,
        limit: Limit,
      }),
      response: { 200: AdminUserPage, ...problems(400, 422) },
      detail: {
        operationId: 'adminListUsers',
        tags: ['Administration'],
        summary: 'All accounts',
        description: 'Searched, filtered, sorted by one of their columns.',
        responses: { 400: { description: 'The cursor is not one that this list gave.' } },
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
          summary: 'Make an account for somebody',
          description: 'With a password that you tell them, or with a link for another one.',
          responses: { 201: { description: 'Made.' } },
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
        summary: 'One account',
        description: 'Also one that is disabled, and what is left of one that was deleted.',
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
          summary: 'Change, promote or disable somebody',
          description:
            'Disabling ends all sessions and API tokens, and closes live connections within seconds. Another email address is told to the one of before.',
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
          summary: 'Do the same to several accounts',
          description: 'To all of them, or, when that cannot be, to none.',
          responses: { 204: { description: 'Done.' }, ...REFUSED },
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
          summary: 'Where somebody is signed in',
          description: 'Newest first, API tokens among them.',
          responses: { 400: { description: 'The cursor is not one that this list gave.' } },
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
          summary: 'Sign somebody out everywhere',
          description: 'API tokens end, too. Of your own, the session that asks stays.',
          responses: {
            204: { description: 'Signed out; their live connections are closed.' },
            409: { description: 'The account was deleted.' },
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
        params: t.Object({ ...UsernameParam.properties, id: t.String({ examples: ['42'] }) }),
        response: { 204: t.Undefined(), ...problems(404, 409) },
        detail: {
          operationId: 'adminEndSession',
          tags: ['Administration'],
          summary: 'End one session of somebody',
          description: 'Or one of their API tokens.',
          responses: {
            204: { description: 'Ended; its live connections are closed.' },
            409: { description: 'The account was deleted.' },
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
          summary: 'A link for a new password',
          description: 'For somebody who cannot get in: it works once, within half an hour. Hand it over.',
          responses: {
            201: { description: 'Made.' },
            409: { description: 'The account is disabled, or was deleted.' },
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
          summary: "Switch somebody's second step off",
          description:
            'For somebody who lost both app and recovery codes: the password alone signs in again. They are told by mail.',
          responses: {
            204: { description: 'It is off.' },
            409: { description: 'It is your own, which takes your password; or the account was deleted.' },
          },
        },
      },
    )
}
