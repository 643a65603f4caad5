import { deviceName } from '../../accounts/sessions/device.ts'
import { publishSessionsRevoked } from '../../accounts/sessions/revoke.ts'
import { SessionEntity } from '../../accounts/users/entity.ts'
import { transaction } from '../../database/orm.ts'
import { NotFound } from '../../http/errors.ts'
import { type Cursor, decodeCursor, encodeCursor } from '../../http/paging.ts'
import type { Deps } from '../../process/deps.ts'
import { type Actor, recordAudit } from '../audit-log/service.ts'
import type { AdminSessionPageView, AdminSessionView } from '../schema.ts'
import { lockAccount, lockAdmins } from './service.ts'

/** One page of where somebody is signed in, and of their API tokens, newest first. Of a stump there are none. */
export async function listUserSessions(
  { orm, now }: Deps,
  username: string,
  { cursor, limit, current }: { cursor?: string | undefined; limit: number; current: number | null },
): Promise<AdminSessionPageView> {
  const [before] = cursor === undefined ? [] : decodeCursor(cursor, isKey)
  const sessions = await orm.em.fork().find(
    SessionEntity,
    {
      user: { handle: username.toLowerCase() },
      expiresAt: { $gt: now() },
      ...(before !== undefined && { id: { $lt: before } }),
    },
    { orderBy: { id: 'desc' }, limit: limit + 1 },
  )
  const page = sessions.slice(0, limit)
  return {
    results: page.map((session) => sessionView(session, current)),
    next: sessions.length > limit ? encodeCursor([page.at(-1)!.id]) : null,
  }
}

/** Ends one of somebody's sessions or API tokens. @throws NotFound, Conflict, Forbidden */
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

/** The ID of the last one listed. */
function isKey(key: Cursor): key is [number] {
  return key.length === 1 && Number.isSafeInteger(key[0])
}
