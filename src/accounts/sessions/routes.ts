import { Elysia, t } from 'elysia'
import { paths } from '../../../web/paths.ts'
import { noContent } from '../../http/responses.tsx'
import { CursorQuery, Limit, problems } from '../../http/schema.ts'
import type { Deps } from '../../process/deps.ts'
import { Settings } from '../profile/schema.ts'
import { changeSettings } from '../users/service.ts'
import { auth } from './auth.ts'
import { SessionPage } from './schema.ts'
import { changePassword, listSessions, revokeOtherSessions, revokeOwnSession } from './service.ts'

const NewPassword = t.Object(
  {
    password: t.String({ description: 'Your current password.', examples: ['correct horse'] }),
    newPassword: t.String({ description: '8 to 200 characters.', examples: ['battery staple'] }),
  },
  { title: 'NewPassword', description: 'The current and the new password.', additionalProperties: false },
)

/** Settings, password and sessions, as JSON. */
export function securityRoutes(deps: Deps) {
  return new Elysia()
    .use(auth(deps))
    .get(
      paths.api.settings,
      ({ me: { displayName, language, theme, zone } }) => ({ displayName, language, theme, zone }),
      {
        auth: true,
        response: { 200: Settings },
        detail: {
          operationId: 'getSettings',
          tags: ['Settings'],
          summary: 'Get your settings',
          description: 'Display name, language, theme and time zone.',
        },
      },
    )
    .put(
      paths.api.settings,
      async ({ me, body }) => {
        const { displayName, language, theme, zone } = await changeSettings(deps, me.id, body)
        return { displayName, language: language ?? null, theme: theme ?? null, zone: zone ?? null }
      },
      {
        auth: 'session',
        body: Settings,
        response: { 200: Settings, ...problems(422) },
        detail: {
          operationId: 'changeSettings',
          tags: ['Settings'],
          summary: 'Change your settings',
          description: 'Replaces all settings. null follows the browser, the system or the device.',
        },
      },
    )
    .put(
      paths.api.password,
      async ({ me, user, viewer, body: { newPassword } }) => {
        await changePassword(deps, me, { user, newPassword, language: viewer.language })
        return noContent()
      },
      {
        auth: 'session',
        confirmPassword: true,
        body: NewPassword,
        response: { 204: t.Undefined(), ...problems(422, 429) },
        detail: {
          operationId: 'changePassword',
          tags: ['Settings'],
          summary: 'Change your password',
          description:
            'Ends all your other sessions and all API tokens. You are notified by email. 429 after ten wrong passwords.',
          responses: { 204: { description: 'Changed.' } },
        },
      },
    )
    .get(
      paths.api.sessions,
      ({ me, query }) => listSessions(deps, me, { ...query, limit: query.limit ?? 50 }),
      {
        auth: 'session',
        query: t.Object({ cursor: CursorQuery, limit: Limit }),
        response: { 200: SessionPage, ...problems(400, 422) },
        detail: {
          operationId: 'listSessions',
          tags: ['Settings'],
          summary: 'List your sessions',
          description: 'Newest first.',
          responses: { 400: { description: 'The cursor does not belong to this list.' } },
        },
      },
    )
    .delete(
      paths.api.sessions,
      async ({ me }) => {
        await revokeOtherSessions(deps, me)
        return noContent()
      },
      {
        auth: 'session',
        response: { 204: t.Undefined() },
        detail: {
          operationId: 'endOtherSessions',
          tags: ['Settings'],
          summary: 'End all other sessions',
          description: 'Ends all your sessions except this one. API tokens stay valid.',
          responses: { 204: { description: 'Ended; their live connections are closed.' } },
        },
      },
    )
    .delete(
      `${paths.api.sessions}/:id`,
      async ({ me, params: { id } }) => {
        await revokeOwnSession(deps, me, { id, isToken: false })
        return noContent()
      },
      {
        auth: 'session',
        params: t.Object({ id: t.String({ examples: ['42'] }) }),
        response: { 204: t.Undefined(), ...problems(404) },
        detail: {
          operationId: 'endSession',
          tags: ['Settings'],
          summary: 'End a session',
          description: 'This can be the current session.',
          responses: { 204: { description: 'Ended; its live connections are closed.' } },
        },
      },
    )
}
