import { Elysia, t } from 'elysia'
import { paths } from '../../../web/paths.ts'
import { noContent } from '../../http/responses.tsx'
import { documentError, Instant, problems } from '../../http/schema.ts'
import { Message } from '../../messages/schema.ts'
import { Report } from '../../moderation/schema.ts'
import type { Deps } from '../../process/deps.ts'
import { ApiToken } from '../api-tokens/schema.ts'
import { Invite } from '../invites/schema.ts'
import { Identity } from '../openid/schema.ts'
import { Passkey } from '../passkeys/schema.ts'
import { PasswordConfirmation } from '../password/schema.ts'
import { Settings } from '../profile/schema.ts'
import { auth } from '../sessions/auth.ts'
import { signedOutHeaders } from '../sessions/cookie.ts'
import { SignedInSession } from '../sessions/schema.ts'
import { TwoFactor } from '../two-factor/schema.ts'
import { LastAdmin } from '../users/errors.ts'
import { Account, User } from '../users/schema.ts'
import { deleteAccount } from './deletion.ts'
import { streamExport } from './export.ts'
import { jsonOf } from './stream.ts'

const Export = t.Object(
  {
    exportedAt: Instant,
    account: t.Object({
      ...Account.properties,
      ...Settings.properties,
      createdAt: Instant,
      avatar: t.Nullable(
        t.String({ description: 'A `data:` URL.', examples: ['data:image/webp;base64,UklG'] }),
      ),
      twoFactor: TwoFactor,
      invitedBy: t.Nullable(
        t.String({ description: 'Whose invite you signed up with, if any.', examples: ['grace'] }),
      ),
      identities: t.Array(Identity, { description: 'The accounts of an OpenID provider that sign you in.' }),
    }),
    sessions: t.Array(SignedInSession),
    tokens: t.Array(ApiToken),
    passkeys: t.Array(Passkey),
    invites: t.Array(Invite),
    invited: t.Array(User),
    blocked: t.Array(User),
    reports: t.Array(Report),
    conversations: t.Array(
      t.Object({
        with: User,
        readSeq: t.Integer({ examples: [40] }),
        messages: t.Array(Message),
      }),
    ),
  },
  { title: 'Export', description: 'All data of an account.', additionalProperties: false },
)

/** Data export and account deletion, as JSON. */
export function dataRoutes(deps: Deps) {
  return new Elysia()
    .use(auth(deps))
    .get(
      paths.api.export,
      async ({ me, request }) =>
        new Response(await streamExport(deps, me, { render: jsonOf, request }), {
          headers: { 'content-type': 'application/json' },
        }),
      {
        auth: 'session',
        ownSite: true,
        response: { 200: Export },
        detail: {
          operationId: 'export',
          tags: ['Settings'],
          summary: 'Export your data',
          description:
            'Your account, your sessions, API tokens and passkeys without their secrets, your invites and who signed up with them, the people you blocked, your reports, and all conversations. At most five an hour, and one at a time.',
          responses: {
            200: {
              description:
                'The export, as a stream: a response that breaks off is incomplete. It ends with its session.',
            },
          },
        },
      },
    )
    .post(
      paths.api.accountDeletion,
      async ({ me }) => {
        await deleteAccount(deps, me.id)
        return noContent(signedOutHeaders(deps))
      },
      {
        auth: 'session',
        confirmPassword: true,
        body: PasswordConfirmation,
        response: { 204: t.Undefined(), ...problems(409, 422, 429) },
        detail: {
          operationId: 'deleteAccount',
          tags: ['Settings'],
          summary: 'Delete your account',
          description:
            'Deletes the account and all personal data permanently. The other people keep the messages, shown as from a deleted account. The username is never reused. 429 after ten wrong passwords or codes.',
          responses: {
            204: {
              description: 'Deleted, and signed out everywhere.',
              headers: {
                'Set-Cookie': { description: 'Removes the session cookie.', schema: { type: 'string' } },
              },
            },
            409: documentError(new LastAdmin()),
          },
        },
      },
    )
}
