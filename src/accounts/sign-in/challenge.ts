import { createHash, randomBytes } from 'node:crypto'
import { transaction } from '../../database/orm.ts'
import type { Deps } from '../../process/deps.ts'
import type { ChallengePurpose } from '../schema.ts'
import { ChallengeEntity, type UserEntity } from '../users/entity.ts'

/** Milliseconds in which it has to be answered. */
const LIFETIME = 5 * 60 * 1000

type About = { purpose: ChallengePurpose; user: number | null }

/** Makes a challenge: 32 random bytes in base64url, of which only the hash is kept. */
export async function createChallenge(deps: Deps, about: About): Promise<string> {
  const challenge = randomBytes(32).toString('base64url')
  const now = deps.now()
  await transaction(deps, async (em) => {
    await em.nativeDelete(ChallengeEntity, { expiresAt: { $lte: now } })
    const expiresAt = new Date(now.getTime() + LIFETIME)
    await em.insert(ChallengeEntity, { hash: sha256(challenge), ...about, expiresAt })
  })
  return challenge
}

/** Uses it up: of two answers at once, one counts. Whether it was there, in date, and for this. */
export async function consumeChallenge(deps: Deps, challenge: string, about: About): Promise<boolean> {
  const alive = { hash: sha256(challenge), ...about, expiresAt: { $gt: deps.now() } }
  return transaction(deps, async (em) => (await em.nativeDelete(ChallengeEntity, alive)) === 1)
}

/** Whom a challenge that was not used yet is for; null when it is none, or their account not in force. */
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

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
