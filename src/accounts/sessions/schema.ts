import { type Static, t } from 'elysia'
import { Instant, pageSchema } from '../../http/schema.ts'
import { Account } from '../users/schema.ts'

/** A new session, as the response to a sign-in. */
export const SignedIn = t.Object(
  {
    token: t.String({
      description: 'A JWT, for `Authorization: Bearer`.',
      examples: ['eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIn0.2lXu3XzZ'],
    }),
    expiresAt: Instant,
    user: Account,
  },
  { title: 'SignedIn', description: 'A new session, and its token.', additionalProperties: false },
)
export type SignedInView = Static<typeof SignedIn>

export const Session = t.Object(
  { user: Account, expiresAt: Instant },
  {
    title: 'Session',
    description: 'The signed-in user, and when the session expires.',
    additionalProperties: false,
  },
)

export const SignedInSession = t.Object(
  {
    id: t.String({ description: 'Opaque.', examples: ['42'] }),
    device: t.Nullable(
      t.String({ description: 'Browser and system, from `User-Agent`.', examples: ['Firefox · Linux'] }),
    ),
    address: t.String({ description: 'The IP address of the sign-in.', examples: ['192.0.2.7'] }),
    createdAt: Instant,
    usedAt: t.String({ ...Instant, description: 'The last use, accurate to five minutes.' }),
    expiresAt: Instant,
    current: t.Boolean({ description: 'Whether it is the session of this request.', examples: [true] }),
  },
  {
    title: 'SignedInSession',
    description: 'A browser or API client that is signed in.',
    additionalProperties: false,
  },
)
export type SignedInSessionView = Static<typeof SignedInSession>

export const SessionPage = pageSchema(SignedInSession, {
  title: 'SessionPage',
  description: 'One page of your sessions, newest first.',
})
export type SessionPageView = Static<typeof SessionPage>
