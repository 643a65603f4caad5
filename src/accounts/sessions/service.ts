import { transaction } from '../../database/orm.ts'
import { Invalid, NotFound } from '../../http/errors.ts'
import { decodeCursor, isIdKey, pageOf } from '../../http/paging.ts'
import type { Deps } from '../../process/deps.ts'
import { checkPassword, hashPassword } from '../password/hash.ts'
import { replacePassword } from '../password/reset.ts'
import type { Language } from '../profile/schema.ts'
import type { UserEntity } from '../users/entity.ts'
import { lockUser } from '../users/lock-user.ts'
import { notifyAccountOwner } from '../users/notify-owner.ts'
import { personalWords } from '../users/service.ts'
import { deviceName } from './device.ts'
import { SessionEntity } from './entity.ts'
import { publishSessionsRevoked, revokeSessions } from './revoke.ts'
import type { SessionPageView, SignedInSessionView } from './schema.ts'
import type { Me } from './session.ts'

type Mine = Pick<Me, 'id' | 'session'>

/**
 * Changes the password. Revokes all other sessions and all API tokens.
 * @param user a user who has just confirmed the old password
 * @throws Invalid
 */
export async function changePassword(
  deps: Deps,
  { session }: Mine,
  { user, newPassword, language }: { user: UserEntity; newPassword: string; language: Language },
): Promise<void> {
  await checkPassword(newPassword, personalWords(user)).catch((error) => {
    throw error instanceof Invalid ? new Invalid({ newPassword: error.fields.password! }) : error
  })
  const passwordHash = await hashPassword(newPassword)
  const revoked = await transaction(deps, async (em) => {
    // The password may have been changed since it was confirmed.
    const { passwordHash: old } = await lockUser(em, user.id)
    if (old !== user.passwordHash) throw new Invalid({ password: 'password_wrong' })
    await notifyAccountOwner(em, user, { about: 'passwordChanged', language })
    return replacePassword(em, user.id, { passwordHash, exceptId: session.id })
  })
  await publishSessionsRevoked(deps, user.id, revoked)
}

/** One page of a user's browser sessions, newest first. */
export async function listSessions(
  { orm, now }: Deps,
  me: Mine,
  { cursor, limit }: { cursor?: string | undefined; limit: number },
): Promise<SessionPageView> {
  const [before] = decodeCursor(cursor, isIdKey) ?? []
  const sessions = await orm.em.fork().find(
    SessionEntity,
    {
      user: me.id,
      name: null,
      expiresAt: { $gt: now() },
      ...(before !== undefined && { id: { $lt: before } }),
    },
    { orderBy: { id: 'desc' }, limit: limit + 1 },
  )
  const { results, next } = pageOf(sessions, limit, ({ id }) => [id])
  return { results: results.map((session) => sessionView(session, me)), next }
}

/**
 * Revokes a session or an API token of the user `me`; it may be the current session.
 * @throws NotFound, also for those of other users
 */
export async function revokeOwnSession(
  deps: Deps,
  me: Pick<Me, 'id'>,
  { id, isToken }: { id: string; isToken: boolean },
): Promise<void> {
  if (!/^[1-9]\d{0,9}$/.test(id)) throw new NotFound()
  const session = { id: Number(id), user: me.id, name: isToken ? { $ne: null } : null }
  if ((await deps.orm.em.fork().nativeDelete(SessionEntity, session)) === 0) throw new NotFound()
  await publishSessionsRevoked(deps, me.id, [session.id])
}

/** Revokes all sessions of a user except the current one. API tokens stay valid. */
export async function revokeOtherSessions(deps: Deps, { id, session }: Mine): Promise<void> {
  const revoked = await transaction(deps, (em) =>
    revokeSessions(em, id, { exceptId: session.id, tokens: false }),
  )
  await publishSessionsRevoked(deps, id, revoked)
}

function sessionView(session: SessionEntity, me: Mine): SignedInSessionView {
  const { id, userAgent, address, createdAt, usedAt, expiresAt } = session
  return {
    id: String(id),
    device: deviceName(userAgent),
    address,
    createdAt: createdAt.toISOString(),
    usedAt: usedAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    current: id === me.session.id,
  }
}
