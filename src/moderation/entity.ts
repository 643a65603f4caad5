import { defineEntity, p } from '@mikro-orm/core'
import { UserEntity } from '../accounts/users/entity.ts'
import { ConversationEntity } from '../conversations/entity.ts'
import { REASON_LIMIT } from './limits.ts'
import type { OUTCOMES } from './schema.ts'

/** A block: neither of the two users can message the other. */
const BlockSchema = defineEntity({
  name: 'Block',
  tableName: 'block',
  properties: {
    blocker: () => p.manyToOne(UserEntity).primary().index(false),
    blocked: () => p.manyToOne(UserEntity).primary().index(false),
    createdAt: p.datetime().length(3),
  },
  indexes: [{ properties: ['blocked', 'blocker'] }],
})
export class BlockEntity extends BlockSchema.class {}
BlockSchema.setClass(BlockEntity)

/** A report of a message by its recipient. It lets administrators read the message and the ones around it. */
const ReportSchema = defineEntity({
  name: 'Report',
  tableName: 'report',
  properties: {
    id: p.integer().unsigned().primary(),
    conversation: () => p.manyToOne(ConversationEntity).index(false),
    seq: p.integer().unsigned(),
    reporter: () => p.manyToOne(UserEntity),
    reason: p.string().length(REASON_LIMIT),
    createdAt: p.datetime().length(3),
    /** null while the report is open. */
    outcome: p.string().length(16).$type<(typeof OUTCOMES)[number]>().strictNullable(),
    closedAt: p.datetime().length(3).strictNullable(),
    closedBy: () => p.manyToOne(UserEntity).strictNullable().index(false).createForeignKeyConstraint(false),
  },
  uniques: [{ properties: ['conversation', 'seq', 'reporter'] }],
  // Open reports first, oldest first.
  indexes: [{ properties: ['closedAt', 'id'] }],
})
export class ReportEntity extends ReportSchema.class {}
ReportSchema.setClass(ReportEntity)
