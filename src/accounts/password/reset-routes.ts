import { Elysia, t } from 'elysia'
import { paths } from '../../../web/paths.ts'
import { deviceCookie } from '../../http/device-cookie.ts'
import { noContent } from '../../http/responses.tsx'
import { problems } from '../../http/schema.ts'
import type { Deps } from '../../process/deps.ts'
import { auth } from '../sessions/auth.ts'
import { requestReset, resetPassword } from './reset.ts'

const ResetRequest = t.Object(
  { email: t.String({ examples: ['ada@example.org'] }) },
  { title: 'ResetRequest', description: 'The email address of an account.', additionalProperties: false },
)
const ResetCompletion = t.Object(
  {
    token: t.String({
      description: 'The `token` of the link.',
      examples: ['mYVhHzC8lZ6RrJ1hCqk3y1gqz0i1oQb8Jx6H1d4vN2E'],
    }),
    password: t.String({ description: '8 to 200 characters.', examples: ['correct horse'] }),
  },
  {
    title: 'ResetCompletion',
    description: 'The token of a link, and the new password.',
    additionalProperties: false,
  },
)

/** Password reset, as JSON. */
export function passwordResetRoutes(deps: Deps) {
  return new Elysia()
    .use(auth(deps))
    .post(
      paths.api.passwordResets,
      async ({ viewer, body }) => {
        const { language } = viewer
        await requestReset(deps, { ...body, language })
        return new Response(null, { status: 202 })
      },
      {
        body: ResetRequest,
        response: { 202: t.Undefined(), ...problems(422, 429) },
        detail: {
          operationId: 'requestPasswordReset',
          tags: ['Accounts'],
          summary: 'Request a password reset',
          description:
            'Sends a reset link, valid for 30 minutes, if an account has this verified email address. The response is the same if none has. 429 after five requests for one email address, or 20 from one network. A signed-in user or a known device then has five more.',
          security: [],
          responses: { 202: { description: 'Accepted, whether or not an email is sent.' } },
        },
      },
    )
    .post(
      paths.api.passwordResetCompletion,
      async ({ viewer, body, request }) => {
        const { username } = await resetPassword(deps, { ...body, language: viewer.language })
        return noContent({ 'set-cookie': deviceCookie(deps, request, { username, after: 'reset' }) })
      },
      {
        body: ResetCompletion,
        response: { 204: t.Undefined(), ...problems(422) },
        detail: {
          operationId: 'completePasswordReset',
          tags: ['Accounts'],
          summary: 'Complete a password reset',
          description:
            'Sets a new password with the token of a link, which is valid once. All sessions and all other links of the account end. An invalid password does not use up the link.',
          security: [],
          responses: {
            204: {
              description: 'The password is changed. Sign in with it.',
              headers: {
                'Set-Cookie': {
                  description: 'The device cookie: wrong passwords of others do not prevent the sign-in.',
                  schema: { type: 'string' },
                },
              },
            },
          },
        },
      },
    )
}
