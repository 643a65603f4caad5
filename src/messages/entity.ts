import { defineEntity, p } from '@mikro-orm/core'
import { UserEntity } from '../accounts/users/entity.ts'
import { ConversationEntity } from '../conversations/entity.ts'
import { BODY_LIMIT } from './limits.ts'

/** One text in a conversation. Its key makes a page of history one contiguous range, however long the history grows. */
const MessageSchema = defineEntity({
  name: 'Message',
  tableName: 'message',
  properties: {
    conversation: () => p.manyToOne(ConversationEntity).primary().index(false),
    seq: p.integer().unsigned().primary().autoincrement(false),
    /** One of the conversation's two; a foreign key would cost each send one more index. */
    sender: () => p.manyToOne(UserEntity).index(false).createForeignKeyConstraint(false),
    /** The sender's own name for it: a send that is repeated lands once. */
    clientId: p.string().length(64).strictNullable(),
    body: p.string().length(BODY_LIMIT),
    /** `hashBody()` of the first body: tells a repeated send from another message under the same `clientId`. */
    bodyHash: p.string().length(64),
    version: p.integer().unsigned(),
    createdAt: p.datetime().length(3),
    editedAt: p.datetime().length(3).strictNullable(),
    deletedAt: p.datetime().length(3).strictNullable(),
  },
  uniques: [
    { properties: ['conversation', 'version'] },
    { properties: ['conversation', 'sender', 'clientId'] },
  ],
})
export class MessageEntity extends MessageSchema.class {}
MessageSchema.setClass(MessageEntity)
