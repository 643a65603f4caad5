import { Elysia, t } from 'elysia'
import { paths } from '../../../web/paths.ts'
import { noContent } from '../../http/responses.tsx'
import { Instant, problems } from '../../http/schema.ts'
import { Message } from '../../messages/schema.ts'
import { Report } from '../../moderation/schema.ts'
import type { Deps } from '../../process/deps.ts'
import { Account, ApiToken, Passkey, Settings, SignedInSession, TwoFactor, User } from '../schema.ts'
import { auth, expiredSessionCookie } from '../sessions/auth.ts'
import { deleteAccount } from './deletion.ts'
import { exportOf } from './export.ts'
import { jsonOf, streamOf } from './stream.ts'

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
    }),
    sessions: t.Array(SignedInSession),
    tokens: t.Array(ApiToken),
    passkeys: t.Array(Passkey),
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
  { title: 'Export', description: 'Everything that is yours.', additionalProperties: false },
)

/** Taking one's data, and leaving, as JSON. */
export function dataRoutes(deps: Deps) {
  return new Elysia()
    .use(auth(deps))
    .get(
      paths.api.export,
      async ({ me }) =>
        new Response(streamOf(jsonOf(await exportOf(deps, me))), {
          headers: { 'content-type': 'application/json' },
        }),
      {
        auth: 'session',
        response: { 200: Export },
        detail: {
          operationId: 'export',
          tags: ['Settings'],
          summary: 'Everything that is yours',
          description:
            'Your account, sessions, API tokens and passkeys without their secrets, whom you blocked, what you reported, and every conversation with both sides of it. At most five an hour.',
          responses: {
            200: { description: 'It is written as it is read: an answer that breaks off is not whole.' },
          },
        },
      },
    )
    .post(
      paths.api.accountDeletion,
      async ({ me }) => {
        await deleteAccount(deps, me.id)
        return noContent({ 'set-cookie': expiredSessionCookie(deps) })
      },
      {
        auth: 'session',
        confirmPassword: true,
        body: t.Object(
          { password: t.String({ description: 'The one you sign in with.', examples: ['correct horse'] }) },
          { title: 'AccountDeletion', description: 'That it is you.', additionalProperties: false },
        ),
        response: { 204: t.Undefined(), ...problems(409, 422, 429) },
        detail: {
          operationId: 'deleteAccount',
          tags: ['Settings'],
          summary: 'Delete your account',
          description:
            'For good, at once, with everything that tells who you are. The people you wrote with keep what was said, by a deleted account; nobody can write to it, and nobody gets your username. 429 after ten wrong passwords.',
          responses: {
            204: {
              description: 'Deleted, and signed out everywhere.',
              headers: {
                'Set-Cookie': { description: 'Takes the session cookie away.', schema: { type: 'string' } },
              },
            },
            409: { description: 'This is the only administrator.' },
          },
        },
      },
    )
}
