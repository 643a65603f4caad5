import { Elysia, t } from 'elysia'
import { paths } from '../../../web/paths.ts'
import { noContent } from '../../http/responses.tsx'
import { problems } from '../../http/schema.ts'
import type { Deps } from '../../process/deps.ts'
import { confirmation } from '../password/schema.ts'
import { auth } from '../sessions/auth.ts'
import { Email } from './schema.ts'
import { changeEmail, emailOf, verifyEmail } from './service.ts'

const NewEmail = t.Object(
  {
    email: t.Nullable(
      t.String({ description: 'The new address, or null to remove it.', examples: ['ada@example.org'] }),
    ),
    ...confirmation,
  },
  { title: 'NewEmail', description: 'A new email address.', additionalProperties: false },
)
const EmailVerification = t.Object(
  {
    token: t.String({
      description: 'The `token` of the link.',
      examples: ['mYVhHzC8lZ6RrJ1hCqk3y1gqz0i1oQb8Jx6H1d4vN2E'],
    }),
  },
  { title: 'EmailVerification', description: 'The token of an emailed link.', additionalProperties: false },
)

/** The email address of the account, as JSON. */
export function emailRoutes(deps: Deps) {
  return new Elysia()
    .use(auth(deps))
    .get(paths.api.email, ({ me }) => emailOf(deps, me.id), {
      auth: 'session',
      response: { 200: Email },
      detail: {
        operationId: 'getEmail',
        tags: ['Settings'],
        summary: 'Get your email address',
        description: 'The verified address, and the one that is not verified yet.',
      },
    })
    .put(
      paths.api.email,
      async ({ me, client, viewer, body: { email } }) => {
        const { language } = viewer
        await changeEmail(deps, me.id, { email: email ?? '', language, address: client.address })
        return emailOf(deps, me.id)
      },
      {
        auth: 'session',
        confirmPassword: true,
        body: NewEmail,
        response: { 200: Email, ...problems(422, 429) },
        detail: {
          operationId: 'changeEmail',
          tags: ['Settings'],
          summary: 'Change your email address',
          description:
            'Sends a link to the new address, which replaces the old one when the link is opened; null removes the address at once. The old address is notified. The response does not reveal whether another account has the address. 429 after ten wrong passwords or codes, five emails to one address, or 20 from one network. The user then has five more.',
        },
      },
    )
    .post(
      paths.api.emailVerification,
      async ({ viewer, body: { token } }) => {
        await verifyEmail(deps, token, viewer.language)
        return noContent()
      },
      {
        body: EmailVerification,
        response: { 204: t.Undefined(), ...problems(422) },
        detail: {
          operationId: 'verifyEmail',
          tags: ['Accounts'],
          summary: 'Verify an email address',
          description:
            'Verifies the address with the token of a link, which is valid once. 422 also if another account verified the address first.',
          security: [],
          responses: { 204: { description: 'The address is verified.' } },
        },
      },
    )
}
