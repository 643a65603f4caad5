import { Elysia, t } from 'elysia'
import { paths } from '../../../web/paths.ts'
import { noContent } from '../../http/responses.tsx'
import { LOCATION, problems } from '../../http/schema.ts'
import type { Deps } from '../../process/deps.ts'
import { MAX_TOKENS, TOKEN_DAYS, TOKEN_NAME } from '../limits.ts'
import { confirmation } from '../password/schema.ts'
import { auth } from '../sessions/auth.ts'
import { revokeOwnSession } from '../sessions/service.ts'
import { ApiTokens, CreatedApiToken } from './schema.ts'
import { createToken, listTokens } from './service.ts'

const NewApiToken = t.Object(
  {
    name: t.String({
      description: `A name to recognize it; 1 to ${TOKEN_NAME} characters.`,
      examples: ['Weather robot'],
    }),
    days: t.Integer({
      minimum: TOKEN_DAYS.least,
      maximum: TOKEN_DAYS.most,
      description: 'Days until it expires.',
      examples: [90],
    }),
    ...confirmation,
  },
  { title: 'NewApiToken', description: 'A new API token.', additionalProperties: false },
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
        summary: 'List your API tokens',
        description: `At most ${MAX_TOKENS}, newest first, without their secrets.`,
      },
    })
    .post(
      paths.api.tokens,
      async ({ me, client, viewer: { language }, body: { name, days }, set, status }) => {
        const created = await createToken(deps, me, { name, days, device: client, language })
        set.headers.location = paths.api.token(created.id)
        return status(201, created)
      },
      {
        auth: 'session',
        confirmPassword: true,
        body: NewApiToken,
        response: { 201: CreatedApiToken, ...problems(422, 429) },
        detail: {
          operationId: 'createToken',
          tags: ['Settings'],
          summary: 'Create an API token',
          description:
            'For `Authorization: Bearer`. It can use people, conversations, messages, blocking and reporting, and cannot manage the account. You are notified by email. 429 after ten wrong passwords or codes.',
          responses: {
            201: { description: 'Created. The secret is returned only here.', headers: LOCATION },
          },
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
        params: t.Object({ id: t.String({ description: '`id` of the API token.', examples: ['43'] }) }),
        response: { 204: t.Undefined(), ...problems(404) },
        detail: {
          operationId: 'revokeToken',
          tags: ['Settings'],
          summary: 'Revoke an API token',
          description: 'The token is no longer valid.',
          responses: { 204: { description: 'Revoked; its live connections are closed.' } },
        },
      },
    )
}
