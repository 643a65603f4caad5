import { LockMode } from '@mikro-orm/core'
import { UserEntity } from '../../accounts/users/entity.ts'
import { lockAdmins } from '../../accounts/users/lock-user.ts'
import { isUsername } from '../../accounts/users/names.ts'
import type { Orm } from '../../database/orm.ts'
import { Conflict, Forbidden, NotFound } from '../../http/errors.ts'
import type { Actor } from '../audit-log/service.ts'

/**
 * Locks and returns the IDs of all active administrators.
 * @throws Forbidden when the actor is not one of them
 */
export async function lockAdminsFor(em: Orm['em'], { id }: Actor): Promise<Set<number>> {
  const admins = await lockAdmins(em)
  if (id !== null && !admins.has(id)) throw new Forbidden('Only administrators can do this.')
  return admins
}

/** Locks and returns an account. @throws NotFound; Conflict when it is deleted */
export async function lockAccount(em: Orm['em'], username: string): Promise<UserEntity> {
  return findAccount(em, username, LockMode.PESSIMISTIC_WRITE)
}

/** Returns an account. @throws NotFound; Conflict when it is deleted */
export async function findAccount(
  em: Orm['em'],
  username: string,
  lockMode = LockMode.NONE,
): Promise<UserEntity> {
  if (!isUsername(username)) throw new NotFound('No user has this name.')
  // Refreshed, because the values may be newer than an earlier read in the same transaction.
  const user = await em.findOne(UserEntity, { handle: username.toLowerCase() }, { lockMode, refresh: true })
  if (!user) throw new NotFound('No user has this name.')
  if (user.deletedAt) throw new Conflict('This account was deleted by its owner.')
  return user
}
