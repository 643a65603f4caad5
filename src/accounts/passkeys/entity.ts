import { defineEntity, p } from '@mikro-orm/core'
import { PASSKEY_NAME } from '../schema.ts'
import { UserEntity } from '../users/entity.ts'

/** The public half of a key pair; the other one stays in somebody's device or password manager. */
const PasskeySchema = defineEntity({
  name: 'Passkey',
  tableName: 'passkey',
  properties: {
    id: p.integer().unsigned().primary(),
    user: () => p.manyToOne(UserEntity).deleteRule('cascade'),
    /** What it calls itself, in base64url. */
    credentialId: p.string().length(512).unique(),
    /** In COSE (RFC 9052). */
    publicKey: p.blob(),
    /** How often it was used, as it says itself; 0 for ever with one that does not count. */
    counter: p.integer().unsigned(),
    name: p.string().length(PASSKEY_NAME),
    createdAt: p.datetime().length(3),
    usedAt: p.datetime().length(3).strictNullable(),
  },
})
export class PasskeyEntity extends PasskeySchema.class {}
PasskeySchema.setClass(PasskeyEntity)
