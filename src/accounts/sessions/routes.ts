import { Elysia, t } from 'elysia'
import { paths } from '../../../web/paths.ts'
import { BadCursor } from '../../http/errors.ts'
import { noContent } from '../../http/responses.tsx'
import { CursorQuery, documentError, Limit, problems } from '../../http/schema.ts'
import type { Deps } from '../../process/deps.ts'
import { auth } from './auth.ts'
import { SessionPage } from './schema.ts'
import { listSessions, revokeOtherSessions, revokeOwnSession } from './service.ts'

/** The user's own sessions, as JSON. */
export function sessionRoutes(deps: Deps) {
  return new Elysia()
    .use(auth(deps))
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
          responses: { 400: documentError(new BadCursor()) },
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
          description: 'Ends all your sessions except this one, and revokes all API tokens.',
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
        params: t.Object({ id: t.String({ description: '`id` of the session.', examples: ['42'] }) }),
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
