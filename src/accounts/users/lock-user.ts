import { LockMode } from '@mikro-orm/core'
import type { Orm } from '../../database/orm.ts'
import { Unauthorized } from '../../http/errors.ts'
import { UserEntity } from './entity.ts'

/**
 * The account of somebody who is signed in, for a transaction that changes it: an account that is being deleted meanwhile
 * stays as that leaves it.
 * @throws Unauthorized when it is not in force any more
 */
export async function lockUser(em: Orm['em'], id: number): Promise<UserEntity> {
  const user = await em.findOne(
    UserEntity,
    { id, disabledAt: null },
    { lockMode: LockMode.PESSIMISTIC_WRITE },
  )
  if (!user) throw new Unauthorized()
  return user
}
