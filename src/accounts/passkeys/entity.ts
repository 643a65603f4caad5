import { defineEntity, p } from '@mikro-orm/core'
import { PASSKEY_NAME } from '../limits.ts'
import { UserEntity } from '../users/entity.ts'

/** The public key of a passkey. The private key stays on the user's device or in a password manager. */
const PasskeySchema = defineEntity({
  name: 'Passkey',
  tableName: 'passkey',
  properties: {
    id: p.integer().unsigned().primary(),
    user: () => p.manyToOne(UserEntity),
    /** The credential ID of WebAuthn, in base64url. */
    credentialId: p.string().length(512).unique(),
    /** In COSE (RFC 9052). */
    publicKey: p.blob(),
    /** The signature counter of WebAuthn; always 0 for an authenticator without one. */
    counter: p.integer().unsigned(),
    name: p.string().length(PASSKEY_NAME),
    createdAt: p.datetime().length(3),
    usedAt: p.datetime().length(3).strictNullable(),
  },
})
export class PasskeyEntity extends PasskeySchema.class {}
PasskeySchema.setClass(PasskeyEntity)
