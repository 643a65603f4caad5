import { LockMode } from '@mikro-orm/core'
import { AdminRequired } from '../../accounts/sessions/errors.ts'
import { UserEntity } from '../../accounts/users/entity.ts'
import { lockAdmins } from '../../accounts/users/lock-user.ts'
import { isUsername } from '../../accounts/users/names.ts'
import type { Orm } from '../../database/orm.ts'
import type { Actor } from '../audit-log/service.ts'
import { AccountDeleted, UnknownAccount } from './errors.ts'

/**
 * Locks and returns the IDs of all active administrators.
 * @throws AdminRequired when the actor is not one of them
 */
export async function lockAdminsFor(em: Orm['em'], { id }: Actor): Promise<Set<number>> {
  const admins = await lockAdmins(em)
  if (id !== null && !admins.has(id)) throw new AdminRequired()
  return admins
}

/** Locks and returns an account. @throws UnknownAccount, AccountDeleted */
export async function lockAccount(em: Orm['em'], username: string): Promise<UserEntity> {
  return findAccount(em, username, LockMode.PESSIMISTIC_WRITE)
}

/** Returns an account. @throws UnknownAccount, AccountDeleted */
export async function findAccount(
  em: Orm['em'],
  username: string,
  lockMode = LockMode.NONE,
): Promise<UserEntity> {
  if (!isUsername(username)) throw new UnknownAccount()
  // Refreshed, because the values may be newer than an earlier read in the same transaction.
  const user = await em.findOne(UserEntity, { handle: username.toLowerCase() }, { lockMode, refresh: true })
  if (!user) throw new UnknownAccount()
  if (user.deletedAt) throw new AccountDeleted()
  return user
}
