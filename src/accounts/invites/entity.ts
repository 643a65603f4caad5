import { defineEntity, p } from '@mikro-orm/core'
import { INVITE_NAME } from '../limits.ts'
import { UserEntity } from '../users/entity.ts'

/** A link with which people sign up. Its row is deleted at its last use, and when its creator is disabled or deleted. */
const InviteSchema = defineEntity({
  name: 'Invite',
  tableName: 'invite',
  properties: {
    id: p.integer().unsigned().primary(),
    creator: () => p.manyToOne(UserEntity),
    /** SHA-256 of the token in the link, in hexadecimal. The database alone does not allow signing up. */
    tokenHash: p.string().length(64).unique(),
    /** Whom it is for, only for its creator and administrators. */
    name: p.string().length(INVITE_NAME).strictNullable(),
    /** How many people may sign up with it. */
    uses: p.integer().unsigned(),
    /** How many people have signed up with it. */
    used: p.integer().unsigned(),
    createdAt: p.datetime().length(3),
    expiresAt: p.datetime().length(3).index(),
  },
})
export class InviteEntity extends InviteSchema.class {}
InviteSchema.setClass(InviteEntity)

/** A user who signed up with an invite. */
const InvitedUserSchema = defineEntity({
  name: 'InvitedUser',
  tableName: 'invited_user',
  properties: {
    user: () => p.oneToOne(UserEntity).primary(),
    inviter: () => p.manyToOne(UserEntity),
  },
})
export class InvitedUserEntity extends InvitedUserSchema.class {}
InvitedUserSchema.setClass(InvitedUserEntity)
