import { SessionEntity } from '../../accounts/sessions/entity.ts'
import { publishSessionsRevoked } from '../../accounts/sessions/revoke.ts'
import { findSessions, lastUseOfToken, sessionView } from '../../accounts/sessions/service.ts'
import { parseId } from '../../database/ids.ts'
import { transaction } from '../../database/orm.ts'
import type { Deps } from '../../process/deps.ts'
import { type Actor, recordAudit } from '../audit-log/service.ts'
import type { AdminSessionPageView } from '../schema.ts'
import { UnknownSession } from './errors.ts'
import { lockAccount, lockAdminsFor } from './lock.ts'

/** One page of a user's sessions and API tokens, newest first; none for a deleted account. */
export async function listUserSessions(
  deps: Deps,
  username: string,
  { current, ...page }: { cursor?: string | undefined; limit: number; current: number | null },
): Promise<AdminSessionPageView> {
  const { results, next } = await findSessions(deps, { user: { handle: username.toLowerCase() } }, page)
  return {
    results: results.map((session) => {
      const { name = null } = session
      const view = sessionView(session, current)
      return { ...view, name, usedAt: name === null ? view.usedAt : lastUseOfToken(session) }
    }),
    next,
  }
}

/** Revokes a session or an API token of a user. @throws NotFound, Conflict, Forbidden */
export async function revokeUserSession(
  deps: Deps,
  actor: Actor,
  { username, id }: { username: string; id: string },
): Promise<void> {
  const session = parseId(id, UnknownSession)
  const user = await transaction(deps, async (em) => {
    await lockAdminsFor(em, actor)
    const user = await lockAccount(em, username)
    if ((await em.nativeDelete(SessionEntity, { id: session, user: user.id })) === 0)
      throw new UnknownSession()
    const target = `user ${user.id}` as const
    const entry = { action: 'user.sessions-ended', target, detail: { ended: 1 } } as const
    await recordAudit(em, { actor, at: deps.now() }, entry)
    return user
  })
  await publishSessionsRevoked(deps, user.id, [session])
}
