import { randomBytes } from 'node:crypto'
import { sha256 } from '../../database/hash.ts'
import { type Orm, transaction } from '../../database/orm.ts'
import type { Deps } from '../../process/deps.ts'
import type { UserEntity } from '../users/entity.ts'
import type { ChallengePurpose } from './entity.ts'
import { ChallengeEntity } from './entity.ts'

/** Lifetime in milliseconds. */
const LIFETIME = 5 * 60 * 1000

/** What a challenge permits; without a user, for any user. */
type ChallengeUse = { purpose: ChallengePurpose; user: number | null }

/** Creates a challenge: 32 random bytes in base64url. Only their hash is stored. The purge job deletes expired ones. */
export async function createChallenge(deps: Deps, use: ChallengeUse): Promise<string> {
  const challenge = randomBytes(32).toString('base64url')
  const expiresAt = new Date(deps.now().getTime() + LIFETIME)
  await transaction(deps, (em) => em.insert(ChallengeEntity, { hash: sha256(challenge), ...use, expiresAt }))
  return challenge
}

/** Uses up a challenge. Returns whether it was valid for this purpose and user; of two concurrent calls, one gets false. */
export async function consumeChallenge(deps: Deps, challenge: string, use: ChallengeUse): Promise<boolean> {
  return transaction(deps, (em) => consumeChallengeIn(em, deps, { challenge, use }))
}

/** The same in the transaction of its effect. */
export async function consumeChallengeIn(
  em: Orm['em'],
  { now }: Pick<Deps, 'now'>,
  { challenge, use }: { challenge: string; use: ChallengeUse },
): Promise<boolean> {
  const valid = { hash: sha256(challenge), ...use, expiresAt: { $gt: now() } }
  return (await em.nativeDelete(ChallengeEntity, valid)) === 1
}

/** The user of an unused challenge; null when it is invalid or the account is disabled. */
export async function findChallengeUser(
  { orm, now }: Deps,
  challenge: string,
  purpose: ChallengePurpose,
): Promise<UserEntity | null> {
  const found = await orm.em
    .fork()
    .findOne(
      ChallengeEntity,
      { hash: sha256(challenge), purpose, expiresAt: { $gt: now() }, user: { disabledAt: null } },
      { populate: ['user'] },
    )
  return (found?.user as UserEntity | undefined) ?? null
}
