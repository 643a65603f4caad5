import { defineEntity, p } from '@mikro-orm/core'
import { UserEntity } from '../users/entity.ts'

/** The secret that an authenticator app shares with this server, to compute codes (TOTP, RFC 6238). */
const TotpSchema = defineEntity({
  name: 'Totp',
  tableName: 'totp',
  properties: {
    user: () => p.oneToOne(UserEntity).primary(),
    /** In base32. Not a hash, because codes are computed from it. */
    secret: p.string().length(32),
    createdAt: p.datetime().length(3),
    /** From this time on, signing in requires a code; null until the user has entered a first code. */
    confirmedAt: p.datetime().length(3).strictNullable(),
    /** The time step of the last accepted code. That code and earlier ones are refused. */
    lastStep: p.integer().unsigned(),
  },
})
export class TotpEntity extends TotpSchema.class {}
TotpSchema.setClass(TotpEntity)

/** A single-use code for signing in without the app. Its row is deleted when it is used. */
const RecoveryCodeSchema = defineEntity({
  name: 'RecoveryCode',
  tableName: 'recovery_code',
  properties: {
    user: () => p.manyToOne(UserEntity).primary().index(false),
    /** SHA-256, in hexadecimal. */
    codeHash: p.string().length(64).primary(),
  },
})
export class RecoveryCodeEntity extends RecoveryCodeSchema.class {}
RecoveryCodeSchema.setClass(RecoveryCodeEntity)
