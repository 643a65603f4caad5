import { defineEntity, p } from '@mikro-orm/core'
import { User } from '../accounts/users/entity.ts'

/** The one thread between two users. A user's own notes have `low` = `high`. */
const ConversationEntity = defineEntity({
  name: 'Conversation',
  tableName: 'conversation',
  properties: {
    id: p.integer().unsigned().primary(),
    /** The user with the lower ID, and the one with the higher. */
    low: () => p.manyToOne(User).index(false),
    high: () => p.manyToOne(User).index(false),
    lastSeq: p.integer().unsigned().default(0),
    version: p.integer().unsigned().default(0),
    /** Null until the first message. */
    activeAt: p.datetime().length(3).strictNullable(),
  },
  uniques: [{ properties: ['low', 'high'] }],
  // A list of somebody's conversations reads the newest end of both.
  indexes: [{ properties: ['low', 'activeAt', 'id'] }, { properties: ['high', 'activeAt', 'id'] }],
})
export class Conversation extends ConversationEntity.class {}
ConversationEntity.setClass(Conversation)

/** One user's side of a conversation. */
const MemberEntity = defineEntity({
  name: 'Member',
  tableName: 'member',
  properties: {
    conversation: () => p.manyToOne(Conversation).primary().index(false),
    user: () => p.manyToOne(User).primary(),
    readSeq: p.integer().unsigned().default(0),
  },
})
export class Member extends MemberEntity.class {}
MemberEntity.setClass(Member)
