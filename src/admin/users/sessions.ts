import { deviceName } from '../../accounts/sessions/device.ts'
import { SessionEntity } from '../../accounts/sessions/entity.ts'
import { publishSessionsRevoked } from '../../accounts/sessions/revoke.ts'
import { transaction } from '../../database/orm.ts'
import { NotFound } from '../../http/errors.ts'
import { decodeCursor, isIdKey, pageOf } from '../../http/paging.ts'
import type { Deps } from '../../process/deps.ts'
import { type Actor, recordAudit } from '../audit-log/service.ts'
import type { AdminSessionPageView, AdminSessionView } from '../schema.ts'
import { lockAccount, lockAdmins } from './service.ts'

/** One page of a user's sessions and API tokens, newest first; none for a deleted account. */
export async function listUserSessions(
  { orm, now }: Deps,
  username: string,
  { cursor, limit, current }: { cursor?: string | undefined; limit: number; current: number | null },
): Promise<AdminSessionPageView> {
  const [before] = decodeCursor(cursor, isIdKey) ?? []
  const sessions = await orm.em.fork().find(
    SessionEntity,
    {
      user: { handle: username.toLowerCase() },
      expiresAt: { $gt: now() },
      ...(before !== undefined && { id: { $lt: before } }),
    },
    { orderBy: { id: 'desc' }, limit: limit + 1 },
  )
  const { results, next } = pageOf(sessions, limit, ({ id }) => [id])
  return { results: results.map((session) => sessionView(session, current)), next }
}

/** Revokes a session or an API token of a user. @throws NotFound, Conflict, Forbidden */
export async function revokeUserSession(
  deps: Deps,
  actor: Actor,
  { username, id }: { username: string; id: string },
): Promise<void> {
  if (!/^[1-9]\d{0,9}$/.test(id)) throw new NotFound('There is no such session.')
  const session = Number(id)
  const user = await transaction(deps, async (em) => {
    await lockAdmins(em, actor)
    const user = await lockAccount(em, username)
    if ((await em.nativeDelete(SessionEntity, { id: session, user: user.id })) === 0)
      throw new NotFound('There is no such session.')
    const target = `user ${user.id}` as const
    const entry = { action: 'user.sessions-ended', target, detail: { ended: 1 } } as const
    await recordAudit(em, { actor, at: deps.now() }, entry)
    return user
  })
  await publishSessionsRevoked(deps, user.id, [session])
}

function sessionView(session: SessionEntity, current: number | null): AdminSessionView {
  const { id, name, userAgent, address, createdAt, usedAt, expiresAt } = session
  return {
    id: String(id),
    name: name ?? null,
    device: deviceName(userAgent),
    address,
    createdAt: createdAt.toISOString(),
    usedAt: usedAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    current: id === current,
  }
}
