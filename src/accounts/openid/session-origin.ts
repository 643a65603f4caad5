import { sha256 } from '../../database/hash.ts'
import type { SessionOrigin } from '../sessions/session.ts'
import type { Identity } from './provider.ts'

/** What a logout token names at the provider: a user, a session (`sid`), or a session of a user. */
export type ProviderSession = { issuer: string } & (
  | { subject: string; session: string | null }
  | { subject: null; session: string }
)

/** What a session stores about the provider that started it, so that the provider can end it. */
export function originOf({
  issuer,
  subject,
  session,
  provenAt,
}: Pick<Identity, 'issuer' | 'subject' | 'session' | 'provenAt'>): SessionOrigin {
  const providerSessionHash = session && hashOf(issuer, session)
  return { identityHash: hashOf(issuer, subject), providerSessionHash, provenAt }
}

/**
 * The condition for the sessions that the provider ends. A session whose ID token had no `sid` ends with any session of its
 * user.
 */
export function startedBy({ issuer, subject, session }: ProviderSession) {
  if (subject === null) return { providerSessionHash: hashOf(issuer, session) }
  const byUser = { identityHash: hashOf(issuer, subject) }
  if (session === null) return byUser
  const either = [{ providerSessionHash: hashOf(issuer, session) }, { providerSessionHash: null }]
  return { ...byUser, $or: either }
}

/** Under which a sign-out is remembered. `namesOfSignIn` has one of them if `startedBy` would match its session. */
export function namesOfSignOut({ issuer, subject, session }: ProviderSession): string[] {
  if (subject === null) return [nameOf('session', hashOf(issuer, session))]
  const user = hashOf(issuer, subject)
  if (session === null) return [nameOf('user', user)]
  return [nameOf('both', user, hashOf(issuer, session)), nameOf('both', user, null)]
}

/** The names of the sign-outs that end this sign-in. */
export function namesOfSignIn({ identityHash: user, providerSessionHash: session }: SessionOrigin): string[] {
  return [nameOf('user', user), nameOf('session', session), nameOf('both', user, session)]
}

const nameOf = (...parts: (string | null)[]) => sha256(JSON.stringify(['signed-out', ...parts]))

const hashOf = (issuer: string, name: string) => sha256(JSON.stringify([issuer, name]))
