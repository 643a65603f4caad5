import { defineEntity, p } from '@mikro-orm/core'
import { UserEntity } from '../../accounts/users/entity.ts'

/**
 * What an administrator did or looked at: who, what, when, from where. Rows are added and never changed; the database
 * refuses it, too. Nothing in it names anybody: a deleted account stays without a name here as well.
 */
const AuditSchema = defineEntity({
  name: 'Audit',
  tableName: 'audit',
  properties: {
    id: p.integer().unsigned().primary(),
    at: p.datetime().length(3),
    /** null for the command line. Without a foreign key: no other row's fate may change this one. */
    actor: () => p.manyToOne(UserEntity).strictNullable().index(false).createForeignKeyConstraint(false),
    action: p.string().length(40),
    /** What it was done to, such as `user 7`, `report 3` or `message 17-42`. */
    target: p.string().length(40).strictNullable(),
    /** ID of whom it concerns: whose account it was done to, or whose message was looked at or judged. */
    subject: p.integer().unsigned().strictNullable(),
    detail: p.json<Record<string, unknown>>(),
    /** null for the command line. */
    address: p.string().length(45).strictNullable(),
  },
  indexes: [
    { properties: ['actor', 'id'] },
    { properties: ['action', 'id'] },
    { properties: ['subject', 'id'] },
    { properties: ['at'] },
  ],
})
export class AuditEntity extends AuditSchema.class {}
AuditSchema.setClass(AuditEntity)
