import { Elysia, t } from 'elysia'
import { paths } from '../../../web/paths.ts'
import { noContent } from '../../http/responses.tsx'
import { problems } from '../../http/schema.ts'
import type { Deps } from '../../process/deps.ts'
import { auth } from '../sessions/auth.ts'
import { changePassword } from './change.ts'
import { confirmation } from './schema.ts'

const NewPassword = t.Object(
  {
    ...confirmation,
    newPassword: t.String({ description: '8 to 200 characters.', examples: ['battery staple'] }),
  },
  { title: 'NewPassword', description: 'The current and the new password.', additionalProperties: false },
)

/** The change of the password, as JSON. */
export function passwordRoutes(deps: Deps) {
  return new Elysia().use(auth(deps)).put(
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
          'Ends all your other sessions and all API tokens. You are notified by email. 429 after ten wrong passwords or codes.',
        responses: { 204: { description: 'Changed.' } },
      },
    },
  )
}
