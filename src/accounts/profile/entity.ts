import { defineEntity, p } from '@mikro-orm/core'
import { UserEntity } from '../users/entity.ts'

/** A user's picture. */
const AvatarSchema = defineEntity({
  name: 'Avatar',
  tableName: 'avatar',
  properties: {
    user: () => p.oneToOne(UserEntity).primary(),
    image: p.blob(),
  },
})
export class AvatarEntity extends AvatarSchema.class {}
AvatarSchema.setClass(AvatarEntity)
