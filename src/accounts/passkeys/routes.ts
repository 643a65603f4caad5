import { Elysia, t } from 'elysia'
import { paths } from '../../../web/paths.ts'
import { signedInCookies } from '../../http/device-cookie.ts'
import { noContent } from '../../http/responses.tsx'
import { documentError, LOCATION, problems } from '../../http/schema.ts'
import type { Deps } from '../../process/deps.ts'
import { MAX_PASSKEYS, PASSKEY_NAME } from '../limits.ts'
import { PasswordConfirmation } from '../password/schema.ts'
import { auth, signInClient } from '../sessions/auth.ts'
import { SignedIn } from '../sessions/schema.ts'
import { passkeyOptions, signInWithPasskey } from '../sign-in/service.ts'
import { WrongPasskey } from './errors.ts'
import {
  CreationOptions,
  NewCredential,
  Passkey,
  Passkeys,
  RequestOptions,
  UsedCredential,
} from './schema.ts'
import { addPasskey, listPasskeys, removePasskey, renamePasskey, startPasskeyCreation } from './service.ts'

const name = t.String({
  description: `A name to recognize it; 1 to ${PASSKEY_NAME} characters.`,
  examples: ['My phone'],
})
const NewPasskey = t.Object(
  { name, credential: NewCredential },
  { title: 'NewPasskey', description: 'A passkey created by a browser.', additionalProperties: false },
)
const PasskeyName = t.Object(
  { name },
  { title: 'PasskeyName', description: 'The new name of a passkey.', additionalProperties: false },
)
const PasskeySignIn = t.Object(
  { credential: UsedCredential },
  { title: 'PasskeySignIn', description: 'The response of a passkey.', additionalProperties: false },
)
const byId = t.Object({ id: t.String({ description: '`id` of the passkey.', examples: ['7'] }) })

/** Passkeys, and signing in with one, as JSON. */
export function passkeyRoutes(deps: Deps) {
  return new Elysia()
    .use(auth(deps))
    .post(paths.api.passkeyRequest, () => passkeyOptions(deps), {
      response: { 200: RequestOptions, ...problems(429) },
      detail: {
        operationId: 'requestPasskey',
        tags: ['Accounts'],
        summary: 'Start signing in with a passkey',
        description: 'Options for `navigator.credentials.get`. The passkey identifies the user.',
        security: [],
      },
    })
    .post(
      paths.api.passkeySession,
      async ({ request, client, body: { credential }, set }) => {
        const device = await signInClient(deps, request, client)
        const view = await signInWithPasskey(deps, device, credential)
        set.headers['set-cookie'] = signedInCookies(deps, request, view)
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
            'Replaces the password and two-factor authentication. Every failure gets the same 401 and uses up the challenge. 429 after 60 failures a minute from one network.',
          security: [],
          responses: {
            200: {
              description: 'Signed in.',
              headers: { 'Set-Cookie': { description: 'The session cookie.', schema: { type: 'string' } } },
            },
            401: documentError(new WrongPasskey()),
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
        summary: 'List your passkeys',
        description: `At most ${MAX_PASSKEYS}, newest first.`,
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
        summary: 'Start adding a passkey',
        description: 'Options for `navigator.credentials.create`. 429 after ten wrong passwords or codes.',
      },
    })
    .post(
      paths.api.passkeys,
      async ({ me, viewer: { language }, body: { name, credential }, set, status }) => {
        const added = await addPasskey(deps, me, { name, credential, language })
        set.headers.location = paths.api.passkey(added.id)
        return status(201, added)
      },
      {
        auth: 'session',
        body: NewPasskey,
        response: { 201: Passkey, ...problems(422) },
        detail: {
          operationId: 'addPasskey',
          tags: ['Settings'],
          summary: 'Add a passkey',
          description: 'Stores the created passkey, within five minutes. You are notified by email.',
          responses: { 201: { description: 'Added.', headers: LOCATION } },
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
          description: 'Only you see the name.',
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
            'It can no longer sign in. Existing sessions stay. You are notified by email. 429 after ten wrong passwords or codes.',
          responses: { 204: { description: 'Removed.' } },
        },
      },
    )
}
