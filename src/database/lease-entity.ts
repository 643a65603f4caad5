import { defineEntity, p } from '@mikro-orm/core'

/** The right of one process to do something alone, until it ends. Times are those of the database's clock, in UTC. */
const LeaseSchema = defineEntity({
  name: 'Lease',
  tableName: 'lease',
  properties: {
    name: p.string().length(40).primary(),
    /** Names the process, or one of its attempts. */
    owner: p.string().length(64),
    /** From then on, another process may take it. The owner renews it before. */
    expiresAt: p.datetime().length(3),
  },
})

export class LeaseEntity extends LeaseSchema.class {}
LeaseSchema.setClass(LeaseEntity)
