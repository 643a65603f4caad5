import { defineEntity, p } from '@mikro-orm/core'
import { UserEntity } from '../users/entity.ts'

/** An account at an OpenID Connect provider that signs in a user. Only issuer and subject together are unique and stable. */
const IdentitySchema = defineEntity({
  name: 'Identity',
  tableName: 'identity',
  properties: {
    issuer: p.string().length(255).primary(),
    subject: p.string().length(255).primary(),
    user: () => p.manyToOne(UserEntity),
    createdAt: p.datetime().length(3),
  },
})
export class IdentityEntity extends IdentitySchema.class {}
IdentitySchema.setClass(IdentityEntity)
