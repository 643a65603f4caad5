import { Elysia } from 'elysia'
import { paths } from '../../../web/paths.ts'
import { documentError, problems } from '../../http/schema.ts'
import type { Deps } from '../../process/deps.ts'
import { auth } from '../sessions/auth.ts'
import { signOutByProvider } from './back-channel-logout.ts'
import { InvalidLogoutToken } from './logout-token.ts'
import type { OpenIdProvider } from './provider.ts'

/** What the OpenID Connect provider calls. */
export function openIdRoutes(deps: Deps, provider: OpenIdProvider) {
  return new Elysia().use(auth(deps)).post(
    paths.api.openIdLogout,
    async ({ body, client }) => {
      // Not validated as other bodies are: the specification requires 400, and to ignore other fields.
      const token = (body as { logout_token?: unknown } | null)?.logout_token
      if (typeof token !== 'string') throw new InvalidLogoutToken()
      await signOutByProvider(deps, provider, { token, client })
      return new Response(null, { headers: { 'cache-control': 'no-store' } })
    },
    {
      response: problems(400, 429),
      detail: {
        operationId: 'backChannelLogout',
        tags: ['Accounts'],
        summary: 'Sign out by the OpenID provider',
        description:
          'Only the OpenID Connect provider calls it (OpenID Connect Back-Channel Logout 1.0). Ends the sessions that it started: those of the user in `sub`, those of its session in `sid`, or with both, the sessions that match both. Sign-ins in progress begin again. A token is valid once and for at most ten minutes.',
        security: [],
        requestBody: {
          required: true,
          content: {
            'application/x-www-form-urlencoded': {
              schema: {
                type: 'object',
                required: ['logout_token'],
                properties: {
                  logout_token: { type: 'string', description: 'A JWT that the provider signed.' },
                },
              },
            },
          },
        },
        responses: {
          200: { description: 'Signed out, also when there was no session.' },
          400: documentError(new InvalidLogoutToken()),
        },
      },
    },
  )
}
