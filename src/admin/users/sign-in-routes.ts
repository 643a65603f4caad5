import { Elysia, t } from 'elysia'
import { adminPaths } from '../../../web/admin/paths.ts'
import { auth } from '../../accounts/sessions/auth.ts'
import { BadCursor } from '../../http/errors.ts'
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
import { AdminSessionPage } from '../schema.ts'
import { revokeUserSessions } from './change.ts'
import { confirmAdmin } from './confirm.ts'
import { AccountDeleted, AccountDisabled, OwnTwoFactor, UnknownAccount, UnknownSession } from './errors.ts'
import { getUser } from './list.ts'
import { AdminConfirmation, ResetLink } from './schema.ts'
import { createUserResetLink } from './service.ts'
import { listUserSessions, revokeUserSession } from './sessions.ts'
import { disableUserTwoFactor } from './two-factor.ts'

/** How users sign in, for administrators, as JSON: sessions, reset links and two-factor authentication. */
export function adminSignInRoutes(deps: Deps) {
  return new Elysia()
    .use(auth(deps))
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
          responses: { 400: documentError(new BadCursor()) },
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
      async ({ me, actor, params: { username }, body, status }) => {
        await confirmAdmin(deps, me, body)
        return status(201, { link: await createUserResetLink(deps, actor, username) })
      },
      {
        auth: 'admin',
        params: UsernameParam,
        body: AdminConfirmation,
        response: { 201: ResetLink, ...problems(404, 409, 422, 429) },
        detail: {
          operationId: 'adminCreateResetLink',
          tags: ['Administration'],
          summary: 'Create a password reset link',
          description:
            'With your own password. The link is valid once, for 30 minutes. Send it to the user. 429 after ten wrong passwords or codes.',
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
    .post(
      `${adminPaths.api.users}/:username/two-factor/removal`,
      async ({ me, actor, params: { username }, body }) => {
        await confirmAdmin(deps, me, body)
        await disableUserTwoFactor(deps, actor, username)
        return noContent()
      },
      {
        auth: 'admin',
        params: UsernameParam,
        body: AdminConfirmation,
        response: { 204: t.Undefined(), ...problems(404, 409, 422, 429) },
        detail: {
          operationId: 'adminEndTwoFactor',
          tags: ['Administration'],
          summary: "Turn off a user's two-factor authentication",
          description:
            'With your own password, for a user who lost the app and the recovery codes. A user with an email address is notified. 429 after ten wrong passwords or codes.',
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
