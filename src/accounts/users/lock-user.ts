import { LockMode } from '@mikro-orm/core'
import type { Orm } from '../../database/orm.ts'
import { Unauthorized } from '../../http/errors.ts'
import { SessionEntity } from '../sessions/entity.ts'
import type { Me } from '../sessions/session.ts'
import { UserEntity } from './entity.ts'

/**
 * Locks a user's row for a transaction, so that the account is not changed or deleted concurrently.
 * @throws Unauthorized when the account is disabled or deleted
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

/** Locks all active administrators and returns their IDs, so that concurrent demotions run one after the other. */
export async function lockAdmins(em: Orm['em']): Promise<Set<number>> {
  const admins = await em.find(
    UserEntity,
    { role: 'admin', disabledAt: null },
    { fields: ['id'], orderBy: { id: 'asc' }, lockMode: LockMode.PESSIMISTIC_WRITE },
  )
  return new Set(admins.map(({ id }) => id))
}

/**
 * Locks the account and the session of a signed-in user, for a transaction that adds another way to sign in. It must not be
 * committed after the session was revoked, for example by a password change.
 * @throws Unauthorized when the account is disabled or deleted, or the session revoked or expired
 */
export async function lockSignedInUser(
  em: Orm['em'],
  { id, session }: Pick<Me, 'id' | 'session'>,
  now: Date,
): Promise<UserEntity> {
  const user = await lockUser(em, id)
  const active = await em.findOne(
    SessionEntity,
    { id: session.id, user: id, expiresAt: { $gt: now } },
    { fields: ['id'], lockMode: LockMode.PESSIMISTIC_WRITE },
  )
  if (!active) throw new Unauthorized()
  return user
}
