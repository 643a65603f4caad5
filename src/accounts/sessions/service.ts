import { parseId } from '../../database/ids.ts'
import { transaction } from '../../database/orm.ts'
import { NotFound } from '../../http/errors.ts'
import { decodeCursor, isIdKey, type Page, pageOf } from '../../http/paging.ts'
import type { Deps } from '../../process/deps.ts'
import { deviceName } from './device.ts'
import { SessionEntity } from './entity.ts'
import { publishSessionsRevoked, revokeSessions } from './revoke.ts'
import type { SessionPageView, SignedInSessionView } from './schema.ts'
import type { Me } from './session.ts'

type Mine = Pick<Me, 'id' | 'session'>

/** One page of a user's browser sessions, newest first. */
export async function listSessions(
  deps: Deps,
  me: Mine,
  page: { cursor?: string | undefined; limit: number },
): Promise<SessionPageView> {
  const { results, next } = await findSessions(deps, { user: me.id, name: null }, page)
  return { results: results.map((session) => sessionView(session, me.session.id)), next }
}

/** One page of the unexpired sessions, and of the API tokens unless `name` is null, of a user; newest first. */
export async function findSessions(
  { orm, now }: Deps,
  of: { user: number | { handle: string }; name?: null },
  { cursor, limit }: { cursor?: string | undefined; limit: number },
): Promise<Page<SessionEntity>> {
  const [before] = decodeCursor(cursor, isIdKey) ?? []
  const sessions = await orm.em
    .fork()
    .find(
      SessionEntity,
      { ...of, expiresAt: { $gt: now() }, ...(before !== undefined && { id: { $lt: before } }) },
      { orderBy: { id: 'desc' }, limit: limit + 1 },
    )
  return pageOf(sessions, limit, ({ id }) => [id])
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
  const session = { id: parseId(id), user: me.id, name: isToken ? { $ne: null } : null }
  if ((await deps.orm.em.fork().nativeDelete(SessionEntity, session)) === 0) throw new NotFound()
  await publishSessionsRevoked(deps, me.id, [session.id])
}

/** Revokes all sessions of a user except the current one, and all API tokens. */
export async function revokeOtherSessions(deps: Deps, { id, session }: Mine): Promise<void> {
  const revoked = await transaction(deps, (em) => revokeSessions(em, id, { exceptId: session.id }))
  await publishSessionsRevoked(deps, id, revoked)
}

/** When an API token was last used; null before the first use. A new session counts as used when it is created. */
export function lastUseOfToken({
  createdAt,
  usedAt,
}: Pick<SessionEntity, 'createdAt' | 'usedAt'>): string | null {
  return usedAt > createdAt ? usedAt.toISOString() : null
}

/** @param current the ID of the request's session; null without one */
export function sessionView(session: SessionEntity, current: number | null): SignedInSessionView {
  const { id, userAgent, address, createdAt, usedAt, expiresAt } = session
  return {
    id: String(id),
    device: deviceName(userAgent),
    address,
    createdAt: createdAt.toISOString(),
    usedAt: usedAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    current: id === current,
  }
}
