import { defineEntity, p } from '@mikro-orm/core'
import { UserEntity } from '../users/entity.ts'

/**
 * The purpose of a challenge: adding a passkey, signing in with one, or the code after the password or, `openIdCode`, after
 * the sign-in at the OpenID provider. `logout` is a logout token
 * of the OpenID provider that was used, `signedOut` a user or session that it signed out, and `signUp` a step of a sign-up there
 * that was used.
 */
export type ChallengePurpose =
  | 'addPasskey'
  | 'usePasskey'
  | 'code'
  | 'openIdCode'
  | 'logout'
  | 'signedOut'
  | 'signUp'

/** A single-use challenge that expires soon. Any response deletes its row, right or wrong. */
const ChallengeSchema = defineEntity({
  name: 'Challenge',
  tableName: 'challenge',
  properties: {
    /** SHA-256 of the challenge, in hexadecimal. The database alone does not allow a sign-in. */
    hash: p.string().length(64).primary(),
    purpose: p.string().length(16).$type<ChallengePurpose>(),
    /** The user who signs in; null when the response identifies the user. */
    user: () => p.manyToOne(UserEntity).strictNullable(),
    expiresAt: p.datetime().length(3).index(),
  },
})
export class ChallengeEntity extends ChallengeSchema.class {}
ChallengeSchema.setClass(ChallengeEntity)
