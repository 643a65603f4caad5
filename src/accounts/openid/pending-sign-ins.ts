import { LockMode } from '@mikro-orm/core'
import { sha256 } from '../../database/hash.ts'
import type { Orm } from '../../database/orm.ts'
import type { Deps } from '../../process/deps.ts'
import type { SessionOrigin } from '../sessions/session.ts'
import { ChallengeEntity } from '../sign-in/entity.ts'
import { SignInExpired } from '../sign-in/errors.ts'
import { namesOfSignIn, namesOfSignOut, type ProviderSession } from './session-origin.ts'
import { STEP_LIFETIME_S } from './step-tokens.ts'

/**
 * Ends the sign-ins and sign-ups that a browser has begun at the provider and not finished, for the user or session that the
 * provider signs out.
 * @param em of the transaction that ends the sessions; call this first, so that it waits for a session that starts now
 */
export async function endPendingSignIns(em: Orm['em'], named: ProviderSession, at: Date): Promise<void> {
  const expiresAt = new Date(at.getTime() + STEP_LIFETIME_S * 1000)
  for (const hash of namesOfSignOut(named))
    await em.upsert(ChallengeEntity, { hash, purpose: 'signedOut', user: null, expiresAt })
}

/**
 * Checks that the provider has not signed out the user since it proved the identity.
 * @param em of the transaction that starts the session
 * @throws SignInExpired
 */
export async function checkNotSignedOut(em: Orm['em'], origin: SessionOrigin): Promise<void> {
  const found = await em.find(
    ChallengeEntity,
    { hash: { $in: namesOfSignIn(origin) } },
    { lockMode: LockMode.PESSIMISTIC_WRITE },
  )
  const until = origin.provenAt + STEP_LIFETIME_S * 1000
  if (found.some(({ expiresAt }) => expiresAt.getTime() >= until)) throw new SignInExpired()
}

/**
 * Uses up the step in which a new user chooses a username.
 * @param em of the transaction that creates the account, or starts a session of one that exists
 * @throws SignInExpired when it was used before
 */
export async function useSignUpStep(em: Orm['em'], { now }: Pick<Deps, 'now'>, step: string): Promise<void> {
  const hash = sha256(JSON.stringify(['sign-up', step]))
  if ((await em.count(ChallengeEntity, { hash })) > 0) throw new SignInExpired()
  const expiresAt = new Date(now().getTime() + STEP_LIFETIME_S * 1000)
  await em.insert(ChallengeEntity, { hash, purpose: 'signUp', user: null, expiresAt })
}
