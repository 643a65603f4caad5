import { Elysia, t } from 'elysia'
import { paths } from '../../../web/paths.ts'
import { noContent } from '../../http/responses.tsx'
import { problems } from '../../http/schema.ts'
import type { Deps } from '../../process/deps.ts'
import { Passkey, Passkeys, PasswordConfirmation, SignedIn } from '../schema.ts'
import { auth, sessionCookie } from '../sessions/auth.ts'
import { passkeyOptions, signInWithPasskey } from '../sign-in/service.ts'
import { CreationOptions, NewCredential, RequestOptions, UsedCredential } from './schema.ts'
import { addPasskey, listPasskeys, removePasskey, renamePasskey, startPasskeyCreation } from './service.ts'

const name = t.String({ description: 'For yourself; 1 to 60 characters.', examples: ['My phone'] })
const NewPasskey = t.Object(
  { name, credential: NewCredential },
  { title: 'NewPasskey', description: 'A passkey that a browser made.', additionalProperties: false },
)
const PasskeyName = t.Object(
  { name },
  { title: 'PasskeyName', description: 'What a passkey is to be called.', additionalProperties: false },
)
const PasskeySignIn = t.Object(
  { credential: UsedCredential },
  { title: 'PasskeySignIn', description: 'What a passkey answered.', additionalProperties: false },
)
const byId = t.Object({ id: t.String({ examples: ['7'] }) })

/** Passkeys, and signing in with one, as JSON. */
export function passkeyRoutes(deps: Deps) {
  return new Elysia()
    .use(auth(deps))
    .post(paths.api.passkeyRequest, ({ client }) => passkeyOptions(deps, client), {
      response: { 200: RequestOptions, ...problems(429) },
      detail: {
        operationId: 'requestPasskey',
        tags: ['Accounts'],
        summary: 'What a passkey is asked',
        description:
          'For a browser, at the origin in the settings of the server; the passkey says who it is.',
        security: [],
      },
    })
    .post(
      paths.api.passkeySession,
      async ({ client, body: { credential }, set }) => {
        const view = await signInWithPasskey(deps, client, credential)
        set.headers['set-cookie'] = sessionCookie(deps, view.token, new Date(view.expiresAt))
        return view
      },
      {
        body: PasskeySignIn,
        response: { 200: SignedIn, ...problems(401, 422, 429) },
        detail: {
          operationId: 'signInWithPasskey',
          tags: ['Accounts'],
          summary: 'Sign in with a passkey',
          description:
            'Instead of the password and of a second step. Whatever is wrong, the answer is the same 401, and the challenge is used up. 429 after a hundred failures from one address.',
          security: [],
          responses: {
            200: {
              description: 'Signed in.',
              headers: { 'Set-Cookie': { description: 'The session cookie.', schema: { type: 'string' } } },
            },
            401: { description: 'This passkey does not sign anybody in.' },
          },
        },
      },
    )
    .get(paths.api.passkeys, async ({ me }) => ({ results: await listPasskeys(deps, me) }), {
      auth: 'session',
      response: { 200: Passkeys },
      detail: {
        operationId: 'listPasskeys',
        tags: ['Settings'],
        summary: 'Your passkeys',
        description: 'At most twenty, newest first.',
      },
    })
    .post(paths.api.passkeyCreation, ({ user }) => startPasskeyCreation(deps, user), {
      auth: 'session',
      confirmPassword: true,
      body: PasswordConfirmation,
      response: { 200: CreationOptions, ...problems(422, 429) },
      detail: {
        operationId: 'beginPasskey',
        tags: ['Settings'],
        summary: 'What a passkey is made with',
        description: 'The first step, for a browser. 429 after ten wrong passwords.',
      },
    })
    .post(
      paths.api.passkeys,
      async ({ me, viewer: { language }, body: { name, credential }, status }) => {
        return status(201, await addPasskey(deps, me, { name, credential, language }))
      },
      {
        auth: 'session',
        body: NewPasskey,
        response: { 201: Passkey, ...problems(422) },
        detail: {
          operationId: 'addPasskey',
          tags: ['Settings'],
          summary: 'Add a passkey',
          description: 'The second step, within five minutes. You are told by mail.',
          responses: { 201: { description: 'Added; from now on it signs you in.' } },
        },
      },
    )
    .put(
      `${paths.api.passkeys}/:id`,
      ({ me, params: { id }, body: { name } }) => renamePasskey(deps, me, { id, name }),
      {
        auth: 'session',
        params: byId,
        body: PasskeyName,
        response: { 200: Passkey, ...problems(404, 422) },
        detail: {
          operationId: 'renamePasskey',
          tags: ['Settings'],
          summary: 'Rename a passkey',
          description: 'The name is for you to tell them apart.',
        },
      },
    )
    .post(
      `${paths.api.passkeys}/:id/removal`,
      async ({ user, viewer: { language }, params: { id } }) => {
        await removePasskey(deps, user, { id, language })
        return noContent()
      },
      {
        auth: 'session',
        confirmPassword: true,
        params: byId,
        body: PasswordConfirmation,
        response: { 204: t.Undefined(), ...problems(404, 422, 429) },
        detail: {
          operationId: 'removePasskey',
          tags: ['Settings'],
          summary: 'Remove a passkey',
          description:
            'It signs nobody in any more; who it signed in stays so. You are told by mail. 429 after ten wrong passwords.',
          responses: { 204: { description: 'Removed.' } },
        },
      },
    )
}
