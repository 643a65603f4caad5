import { Elysia, t } from 'elysia'
import { paths } from '../../../web/paths.ts'
import { noContent } from '../../http/responses.tsx'
import { problems } from '../../http/schema.ts'
import type { Deps } from '../../process/deps.ts'
import { auth } from '../sessions/auth.ts'
import { requestReset, resetPassword } from './reset.ts'

const ResetRequest = t.Object(
  { email: t.String({ examples: ['ada@example.org'] }) },
  { title: 'ResetRequest', description: 'Where somebody reads mail.', additionalProperties: false },
)
const ResetCompletion = t.Object(
  {
    token: t.String({
      description: '`token` in the link.',
      examples: ['mYVhHzC8lZ6RrJ1hCqk3y1gqz0i1oQb8Jx6H1d4vN2E'],
    }),
    password: t.String({ description: '8 to 200 characters.', examples: ['correct horse'] }),
  },
  {
    title: 'ResetCompletion',
    description: 'A link, and the password it is used for.',
    additionalProperties: false,
  },
)

/** A forgotten password, as JSON. */
export function passwordResetRoutes(deps: Deps) {
  return new Elysia()
    .use(auth(deps))
    .post(
      paths.api.passwordResets,
      async ({ client, viewer, body }) => {
        const { language } = viewer
        await requestReset(deps, { ...body, language, address: client.address })
        return new Response(null, { status: 202 })
      },
      {
        body: ResetRequest,
        response: { 202: t.Undefined(), ...problems(422, 429) },
        detail: {
          operationId: 'requestPasswordReset',
          tags: ['Accounts'],
          summary: 'Forgot a password',
          description:
            'Mails a link for a new password, for half an hour, when an account has this address and verified it. The answer is the same when none has. 429 after five for one mailbox, or twenty from one address.',
          security: [],
          responses: { 202: { description: 'Taken. Whether a mail is sent is not told.' } },
        },
      },
    )
    .post(
      paths.api.passwordResetCompletion,
      async ({ viewer, body }) => {
        await resetPassword(deps, { ...body, language: viewer.language })
        return noContent()
      },
      {
        body: ResetCompletion,
        response: { 204: t.Undefined(), ...problems(422) },
        detail: {
          operationId: 'completePasswordReset',
          tags: ['Accounts'],
          summary: 'Choose a new password',
          description:
            'Uses the token of a link, once. All sessions of the account end, and so do all other links. A password that cannot be accepted leaves the link as it is.',
          security: [],
          responses: { 204: { description: 'The password is changed. Sign in with it.' } },
        },
      },
    )
}
