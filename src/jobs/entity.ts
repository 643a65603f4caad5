import { defineEntity, p } from '@mikro-orm/core'
import { UserEntity } from '../accounts/users/entity.ts'

/** Work that a process does later, at least once. The row is deleted when the work is done. */
const JobSchema = defineEntity({
  name: 'Job',
  tableName: 'job',
  properties: {
    id: p.integer().unsigned().primary(),
    /** Which handler runs it. */
    kind: p.string().length(40),
    /** At most one job of a kind has this key; null when any number may exist. */
    uniqueKey: p.string().length(191).strictNullable(),
    /** The account that the payload is about. Its deletion deletes the job; null when no account is known. */
    user: () => p.manyToOne(UserEntity).strictNullable(),
    /** JSON for the handler. */
    payload: p.text(),
    /** When it should run. Retries do not change it. */
    dueAt: p.datetime().length(3),
    /** The earliest time of the next attempt. */
    runAt: p.datetime().length(3),
    attempts: p.integer().unsigned().default(0),
    /** Until this time only `leaseOwner` may run it; null when no process has taken it. */
    leasedUntil: p.datetime().length(3).strictNullable(),
    leaseOwner: p.string().length(64).strictNullable(),
    /** When it was given up; null while it may still run. */
    failedAt: p.datetime().length(3).strictNullable(),
    lastError: p.string().length(500).strictNullable(),
  },
  uniques: [{ properties: ['kind', 'uniqueKey'] }],
  // Jobs that are due, oldest first. Failed jobs are in another part of the index, so that a search does not read them.
  indexes: [{ properties: ['failedAt', 'runAt', 'id'] }],
})
export class JobEntity extends JobSchema.class {}
JobSchema.setClass(JobEntity)
