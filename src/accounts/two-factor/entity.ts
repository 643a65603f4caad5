import { defineEntity, p } from '@mikro-orm/core'
import { UserEntity } from '../users/entity.ts'

/** What an authenticator app and we both know, and make codes of (TOTP, RFC 6238). */
const TotpSchema = defineEntity({
  name: 'Totp',
  tableName: 'totp',
  properties: {
    user: () => p.oneToOne(UserEntity).primary().deleteRule('cascade'),
    /** In base32. It can't be a hash: we compute with it. */
    secret: p.string().length(32),
    createdAt: p.datetime().length(3),
    /** Since when codes are asked for; null until the app has shown that it knows the secret. */
    confirmedAt: p.datetime().length(3).strictNullable(),
    /** The time step of the newest code that was accepted: it and older ones are worth nothing. */
    lastStep: p.integer().unsigned(),
  },
})
export class TotpEntity extends TotpSchema.class {}
TotpSchema.setClass(TotpEntity)

/** A way in without the app, once: its row goes when it is used. */
const RecoveryCodeSchema = defineEntity({
  name: 'RecoveryCode',
  tableName: 'recovery_code',
  properties: {
    user: () => p.manyToOne(UserEntity).primary().deleteRule('cascade').index(false),
    /** SHA-256, in hexadecimal. */
    codeHash: p.string().length(64).primary(),
  },
})
export class RecoveryCodeEntity extends RecoveryCodeSchema.class {}
RecoveryCodeSchema.setClass(RecoveryCodeEntity)
