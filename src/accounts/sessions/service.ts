import { transaction } from '../../database/orm.ts'
import { Invalid, NotFound } from '../../http/errors.ts'
import { decodeCursor, isIdKey, pageOf } from '../../http/paging.ts'
import type { Deps } from '../../process/deps.ts'
import { checkPassword, hashPassword } from '../password/hash.ts'
import { replacePassword } from '../password/reset.ts'
import type { Language, SessionPageView, SignedInSessionView } from '../schema.ts'
import { SessionEntity, type UserEntity } from '../users/entity.ts'
import { lockUser } from '../users/lock-user.ts'
import { notifyAccountOwner } from '../users/notify-owner.ts'
import { personalWords } from '../users/service.ts'
import { deviceName } from './device.ts'
import { publishSessionsRevoked, revokeSessions } from './revoke.ts'
import type { Me } from './session.ts'

type Mine = Pick<Me, 'id' | 'session'>

/**
 * Another password. Everybody else who got in with the old one is signed out, API tokens too.
 * @param user whose old password was just proven
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
  const ended = await transaction(deps, async (em) => {
    // Replaced while it was checked, it is not the old one any more.
    const { passwordHash: old } = await lockUser(em, user.id)
    if (old !== user.passwordHash) throw new Invalid({ password: 'password_wrong' })
    await notifyAccountOwner(em, user, { about: 'passwordChanged', language })
    return replacePassword(em, user.id, { passwordHash, keep: session.id })
  })
  await publishSessionsRevoked(deps, user.id, ended)
}

/** One page of where somebody is signed in, newest first. */
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
 * Ends one of somebody's sessions or API tokens, also the one that asks.
 * @throws NotFound, for those of others just as for none
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

/** Ends all of somebody's sessions but the one that asks; their API tokens stay. */
export async function revokeOtherSessions(deps: Deps, { id, session }: Mine): Promise<void> {
  const ended = await transaction(deps, (em) => revokeSessions(em, id, { but: session.id, tokens: false }))
  await publishSessionsRevoked(deps, id, ended)
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
