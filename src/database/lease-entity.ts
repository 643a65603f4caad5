import { defineEntity, p } from '@mikro-orm/core'

/** A lock that expires unless its owner renews it. Times are in UTC, by the database's clock. */
const LeaseSchema = defineEntity({
  name: 'Lease',
  tableName: 'lease',
  properties: {
    name: p.string().length(40).primary(),
    /** A random ID, new for each attempt to take the lock. */
    owner: p.string().length(64),
    /** After this time, another process may take the lock. */
    expiresAt: p.datetime().length(3),
  },
})

export class LeaseEntity extends LeaseSchema.class {}
LeaseSchema.setClass(LeaseEntity)
