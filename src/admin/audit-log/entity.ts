import { defineEntity, p } from '@mikro-orm/core'
import { UserEntity } from '../../accounts/users/entity.ts'

/**
 * An action of an administrator: actor, action, time and address. Rows are never changed or deleted, and triggers enforce
 * that. Users appear by ID only, so a deleted account leaves no name here.
 */
const AuditSchema = defineEntity({
  name: 'Audit',
  tableName: 'audit',
  properties: {
    id: p.integer().unsigned().primary(),
    at: p.datetime().length(3),
    /** null for the command line. It has no foreign key: deleting a user must not change this row. */
    actor: () => p.manyToOne(UserEntity).strictNullable().index(false).createForeignKeyConstraint(false),
    action: p.string().length(40),
    /** The object of the action, such as `user 7`, `report 3` or `message 17-42`. */
    target: p.string().length(40).strictNullable(),
    /** ID of the user concerned: the owner of the account, or the sender of the message. */
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
