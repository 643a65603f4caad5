import { Elysia, t } from 'elysia'
import { paths } from '../../../web/paths.ts'
import { noContent } from '../../http/responses.tsx'
import { problems } from '../../http/schema.ts'
import type { Deps } from '../../process/deps.ts'
import { Email } from '../schema.ts'
import { auth } from '../sessions/auth.ts'
import { changeEmail, emailOf, verifyEmail } from './service.ts'

const NewEmail = t.Object(
  {
    email: t.Nullable(t.String({ description: 'null for none.', examples: ['ada@example.org'] })),
    password: t.String({ description: 'The one you sign in with.', examples: ['correct horse'] }),
  },
  { title: 'NewEmail', description: 'Another address.', additionalProperties: false },
)
const EmailVerification = t.Object(
  {
    token: t.String({
      description: '`token` in the link.',
      examples: ['mYVhHzC8lZ6RrJ1hCqk3y1gqz0i1oQb8Jx6H1d4vN2E'],
    }),
  },
  { title: 'EmailVerification', description: 'A link that was mailed.', additionalProperties: false },
)

/** The email address of one's own account, as JSON. */
export function emailRoutes(deps: Deps) {
  return new Elysia()
    .use(auth(deps))
    .get(paths.api.email, ({ me }) => emailOf(deps, me.id), {
      auth: 'session',
      response: { 200: Email },
      detail: {
        operationId: 'getEmail',
        tags: ['Accounts'],
        summary: 'Your email address',
        description: 'The address that is yours, and the one that waits to be verified.',
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
          tags: ['Accounts'],
          summary: 'Change your email address',
          description:
            'Mails a link to the new address, which is yours once the link is opened; null removes it at once. The old address is told. Whether another account has it shows in no answer. 429 after ten wrong passwords, five mails to one mailbox, or twenty from one address.',
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
            'Uses the token of a link, once. 422 also when another account verified the address first.',
          security: [],
          responses: { 204: { description: 'The address is verified.' } },
        },
      },
    )
}
