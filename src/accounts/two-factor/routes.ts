import { Elysia, t } from 'elysia'
import { paths } from '../../../web/paths.ts'
import { noContent } from '../../http/responses.tsx'
import { problems } from '../../http/schema.ts'
import type { Deps } from '../../process/deps.ts'
import { PasswordConfirmation, TwoFactor } from '../schema.ts'
import { auth } from '../sessions/auth.ts'
import {
  confirmTwoFactorSetup,
  disableTwoFactor,
  getTwoFactor,
  renewRecoveryCodes,
  startTwoFactorSetup,
} from './service.ts'

const Setup = t.Object(
  {
    secret: t.String({ description: 'In base32.', examples: ['JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'] }),
    uri: t.String({
      description: 'The same for a QR code.',
      examples: ['otpauth://totp/ChatApp:ada?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'],
    }),
  },
  {
    title: 'TwoFactorSetup',
    description: 'What an app is set up with: TOTP (RFC 6238) with SHA-1, six digits, 30 seconds.',
    additionalProperties: false,
  },
)
const FirstCode = t.Object(
  { code: t.String({ maxLength: 100, description: 'That the app shows.', examples: ['123456'] }) },
  { title: 'FirstCode', description: 'That the app is set up.', additionalProperties: false },
)
const RecoveryCodes = t.Object(
  {
    recoveryCodes: t.Array(t.String({ examples: ['7KQ2-M4XT-9ZPA-03FD-R8VH-6CWJ'] }), {
      description: 'Ten; each is a `code` to sign in with, once.',
    }),
  },
  {
    title: 'RecoveryCodes',
    description: 'Ways in without the app. They are told once.',
    additionalProperties: false,
  },
)

/** The second step of signing in, as JSON. */
export function twoFactorRoutes(deps: Deps) {
  return new Elysia()
    .use(auth(deps))
    .get(paths.api.twoFactor, ({ me }) => getTwoFactor(deps, me), {
      auth: 'session',
      response: { 200: TwoFactor },
      detail: {
        operationId: 'getTwoFactor',
        tags: ['Settings'],
        summary: 'Your second step',
        description: 'Whether signing in with your password takes a code as well.',
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
          'Nothing changes until a first code confirms it, within fifteen minutes. 429 after ten wrong passwords.',
        responses: { 409: { description: 'The second step is on already.' } },
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
          summary: 'Switch the second step on',
          description: 'With a first code of the app. You are told by mail. 429 after ten wrong codes.',
          responses: { 200: { description: 'It is on.' } },
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
          summary: 'Make new recovery codes',
          description: 'They take the place of all that are left. 429 after ten wrong passwords.',
          responses: { 409: { description: 'The second step is off.' } },
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
          summary: 'Switch the second step off',
          description:
            'Secret and recovery codes are forgotten. You are told by mail. 429 after ten wrong passwords.',
          responses: { 204: { description: 'It is off.' } },
        },
      },
    )
}
