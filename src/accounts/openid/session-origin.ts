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
}: Pick<Identity, 'issuer' | 'subject' | 'session'>): SessionOrigin {
  return { identityHash: hashOf(issuer, subject), providerSessionHash: session && hashOf(issuer, session) }
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

const hashOf = (issuer: string, name: string) => sha256(JSON.stringify([issuer, name]))
