import { Elysia, t } from 'elysia'
import { paths } from '../../../web/paths.ts'
import { noContent } from '../../http/responses.tsx'
import { problems } from '../../http/schema.ts'
import type { Deps } from '../../process/deps.ts'
import { ApiTokens, CreatedApiToken } from '../schema.ts'
import { auth } from '../sessions/auth.ts'
import { revokeOwnSession } from '../sessions/service.ts'
import { createToken, listTokens } from './service.ts'

const NewApiToken = t.Object(
  {
    name: t.String({ description: 'For yourself; 1 to 60 characters.', examples: ['Weather robot'] }),
    days: t.Integer({ minimum: 1, maximum: 365, description: 'Until it expires.', examples: [90] }),
  },
  { title: 'NewApiToken', description: 'An API token that is wanted.', additionalProperties: false },
)

/** API tokens, as JSON. */
export function tokenRoutes(deps: Deps) {
  return new Elysia()
    .use(auth(deps))
    .get(paths.api.tokens, async ({ me }) => ({ results: await listTokens(deps, me) }), {
      auth: 'session',
      response: { 200: ApiTokens },
      detail: {
        operationId: 'listTokens',
        tags: ['Settings'],
        summary: 'Your API tokens',
        description: 'At most fifty, newest first, and never their secrets.',
      },
    })
    .post(
      paths.api.tokens,
      async ({ me, client, body, status }) =>
        status(201, await createToken(deps, me, { ...body, device: client })),
      {
        auth: 'session',
        body: NewApiToken,
        response: { 201: CreatedApiToken, ...problems(422) },
        detail: {
          operationId: 'createToken',
          tags: ['Settings'],
          summary: 'Make an API token',
          description:
            'For `Authorization: Bearer`, in a script. It reads and writes as you do, and changes nothing of your account.',
          responses: { 201: { description: 'Made. Its secret is told here and nowhere else.' } },
        },
      },
    )
    .delete(
      `${paths.api.tokens}/:id`,
      async ({ me, params: { id } }) => {
        await revokeOwnSession(deps, me, { id, isToken: true })
        return noContent()
      },
      {
        auth: 'session',
        params: t.Object({ id: t.String({ examples: ['43'] }) }),
        response: { 204: t.Undefined(), ...problems(404) },
        detail: {
          operationId: 'revokeToken',
          tags: ['Settings'],
          summary: 'Revoke an API token',
          description: 'It is worth nothing from now on.',
          responses: { 204: { description: 'Revoked; its live connections are closed.' } },
        },
      },
    )
}
