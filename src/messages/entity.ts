import { defineEntity, p } from '@mikro-orm/core'
import { UserEntity } from '../accounts/users/entity.ts'
import { ConversationEntity } from '../conversations/entity.ts'
import { BODY_LIMIT } from './limits.ts'

/** One message of a conversation. With this primary key, every page of history is one contiguous range. */
const MessageSchema = defineEntity({
  name: 'Message',
  tableName: 'message',
  properties: {
    conversation: () => p.manyToOne(ConversationEntity).primary().index(false),
    seq: p.integer().unsigned().primary().autoincrement(false),
    /** A member of the conversation. A foreign key would cost another index write for each send. */
    sender: () => p.manyToOne(UserEntity).index(false).createForeignKeyConstraint(false),
    /** The idempotency key, chosen by the sender. */
    clientId: p.string().length(64).strictNullable(),
    body: p.string().length(BODY_LIMIT),
    /** SHA-256 of the original body, in hexadecimal, to distinguish a repeated send from a conflicting one. */
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
