import { Elysia, t } from 'elysia'
import { paths } from '../../../web/paths.ts'
import { noContent } from '../../http/responses.tsx'
import { documentError, problems } from '../../http/schema.ts'
import type { Deps } from '../../process/deps.ts'
import { PasswordConfirmation } from '../password/schema.ts'
import { auth } from '../sessions/auth.ts'
import { TwoFactorIsOff, TwoFactorIsOn } from './errors.ts'
import { TwoFactor } from './schema.ts'
import {
  confirmTwoFactorSetup,
  disableTwoFactor,
  getTwoFactor,
  renewRecoveryCodes,
  startTwoFactorSetup,
} from './service.ts'

const Setup = t.Object(
  {
    secret: t.String({
      description: 'The secret, in base32.',
      examples: ['JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'],
    }),
    uri: t.String({
      description: 'The secret as a URI, for a QR code.',
      examples: ['otpauth://totp/ChatApp:ada?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'],
    }),
  },
  {
    title: 'TwoFactorSetup',
    description: 'The secret for an authenticator app: TOTP (RFC 6238) with SHA-1, six digits, 30 seconds.',
    additionalProperties: false,
  },
)
const FirstCode = t.Object(
  { code: t.String({ maxLength: 100, description: 'A code from the app.', examples: ['123456'] }) },
  { title: 'FirstCode', description: 'The first code.', additionalProperties: false },
)
const RecoveryCodes = t.Object(
  {
    recoveryCodes: t.Array(t.String({ examples: ['7KQ2-M4XT-9ZPA-03FD-R8VH-6CWJ'] }), {
      description: 'Ten codes; each is valid as `code` for one sign-in.',
    }),
  },
  {
    title: 'RecoveryCodes',
    description: 'Codes to sign in without the app. Shown only once.',
    additionalProperties: false,
  },
)

/** Two-factor authentication, as JSON. */
export function twoFactorRoutes(deps: Deps) {
  return new Elysia()
    .use(auth(deps))
    .get(paths.api.twoFactor, ({ me }) => getTwoFactor(deps, me), {
      auth: 'session',
      response: { 200: TwoFactor },
      detail: {
        operationId: 'getTwoFactor',
        tags: ['Settings'],
        summary: 'Get two-factor authentication',
        description: 'Whether signing in with the password also needs a code.',
      },
    })
    .post(paths.api.twoFactorSetup, ({ user }) => startTwoFactorSetup(deps, user), {
      auth: 'session',
      confirmPassword: true,
      body: PasswordConfirmation,
      response: { 200: Setup, ...problems(409, 422, 429) },
      detail: {
        operationId: 'beginTwoFactor',
        tags: ['Settings'],
        summary: 'Set up an authenticator app',
        description:
          'Takes effect when confirmed with a first code within 15 minutes. 429 after ten wrong passwords or codes.',
        responses: { 409: documentError(new TwoFactorIsOn()) },
      },
    })
    .post(
      paths.api.twoFactor,
      async ({ me, viewer, body: { code } }) => ({
        recoveryCodes: await confirmTwoFactorSetup(deps, me, {
          code,
          language: viewer.language,
        }),
      }),
      {
        auth: 'session',
        body: FirstCode,
        response: { 200: RecoveryCodes, ...problems(422, 429) },
        detail: {
          operationId: 'confirmTwoFactor',
          tags: ['Settings'],
          summary: 'Turn on two-factor authentication',
          description:
            'Confirms the setup with the first code from the app. You are notified by email. 429 after ten wrong codes.',
          responses: { 200: { description: 'Turned on.' } },
        },
      },
    )
    .post(
      paths.api.recoveryCodes,
      async ({ user }) => {
        return { recoveryCodes: await renewRecoveryCodes(deps, user) }
      },
      {
        auth: 'session',
        confirmPassword: true,
        body: PasswordConfirmation,
        response: { 200: RecoveryCodes, ...problems(409, 422, 429) },
        detail: {
          operationId: 'renewRecoveryCodes',
          tags: ['Settings'],
          summary: 'Replace the recovery codes',
          description: 'The old codes are no longer valid. 429 after ten wrong passwords or codes.',
          responses: { 409: documentError(new TwoFactorIsOff()) },
        },
      },
    )
    .post(
      paths.api.twoFactorRemoval,
      async ({ user, viewer }) => {
        await disableTwoFactor(deps, user, viewer.language)
        return noContent()
      },
      {
        auth: 'session',
        confirmPassword: true,
        body: PasswordConfirmation,
        response: { 204: t.Undefined(), ...problems(422, 429) },
        detail: {
          operationId: 'endTwoFactor',
          tags: ['Settings'],
          summary: 'Turn off two-factor authentication',
          description:
            'Deletes the secret and the recovery codes. You are notified by email. 429 after ten wrong passwords or codes.',
          responses: { 204: { description: 'Turned off.' } },
        },
      },
    )
}
