import { defineEntity, p } from '@mikro-orm/core'
import { UserEntity } from '../accounts/users/entity.ts'

/** The only conversation of two users. A user's own notes have `low` = `high`. */
const ConversationSchema = defineEntity({
  name: 'Conversation',
  tableName: 'conversation',
  properties: {
    id: p.integer().unsigned().primary(),
    /** The user with the lower ID, then the user with the higher ID. */
    low: () => p.manyToOne(UserEntity).index(false),
    high: () => p.manyToOne(UserEntity).index(false),
    lastSeq: p.integer().unsigned().default(0),
    version: p.integer().unsigned().default(0),
    /** Null until the first message. */
    activeAt: p.datetime().length(3).strictNullable(),
  },
  uniques: [{ properties: ['low', 'high'] }],
  // The list of conversations reads the newest entries of both.
  indexes: [{ properties: ['low', 'activeAt', 'id'] }, { properties: ['high', 'activeAt', 'id'] }],
})
export class ConversationEntity extends ConversationSchema.class {}
ConversationSchema.setClass(ConversationEntity)

/** One user's side of a conversation. */
const MemberSchema = defineEntity({
  name: 'Member',
  tableName: 'member',
  properties: {
    conversation: () => p.manyToOne(ConversationEntity).primary().index(false),
    user: () => p.manyToOne(UserEntity).primary(),
    readSeq: p.integer().unsigned().default(0),
  },
})
export class MemberEntity extends MemberSchema.class {}
MemberSchema.setClass(MemberEntity)
