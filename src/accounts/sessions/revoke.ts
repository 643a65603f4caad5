import type { Orm } from '../../database/orm.ts'
import type { Deps } from '../../process/deps.ts'
import { preciseNow } from '../../process/precise-now.ts'
import { reasonOf } from '../../process/reason.ts'
import { logSecurityEvent } from '../../process/security-event.ts'
import { withTimeout } from '../../process/timeout.ts'
import { SessionEntity } from './entity.ts'

/**
 * Revokes all sessions and API tokens of a user in a transaction. Returns their IDs, for `publishSessionsRevoked` after the commit.
 * @param exceptId the session to keep; 0 for none
 */
export async function revokeSessions(
  em: Orm['em'],
  user: number,
  { exceptId = 0 }: { exceptId?: number } = {},
): Promise<number[]> {
  const condition = { user, id: { $ne: exceptId } }
  const sessions = await em.find(SessionEntity, condition, { fields: ['id'] })
  // By user, not by ID: MySQL then also blocks a concurrent insert of a session.
  await em.nativeDelete(SessionEntity, condition)
  return sessions.map(({ id }) => id)
}

/**
 * Revokes a user's oldest browser sessions, in a transaction that has locked the user. Returns their IDs, for
 * `publishSessionsRevoked` after the commit.
 * @param keep the number of sessions to keep
 */
export async function revokeOldestSessions(
  em: Orm['em'],
  user: number,
  { keep }: { keep: number },
): Promise<number[]> {
  const newestFirst = { fields: ['id'], orderBy: { id: 'desc' } } as const
  const sessions = await em.find(SessionEntity, { user, name: null }, newestFirst)
  const ids = sessions.slice(keep).map(({ id }) => id)
  if (ids.length > 0) await em.nativeDelete(SessionEntity, { id: ids })
  return ids
}

/** Milliseconds that the bus may take. The next heartbeat detects a sign-out that was not published. */
const BUS_TIMEOUT_MS = 1000

/** Logs that sessions were revoked, and closes their live connections on every process. */
export async function publishSessionsRevoked(
  { bus, log }: Deps,
  user: number,
  sessions: readonly number[],
): Promise<void> {
  if (sessions.length > 0) logSecurityEvent({ log }, { event: 'session-revoked', outcome: 'succeeded', user })
  const published = sessions.map((session) =>
    bus.publish(user, { event: { type: 'session-revoked', session }, at: preciseNow() }),
  )
  await withTimeout(BUS_TIMEOUT_MS, Promise.all(published)).catch((error) =>
    log.warn({ reason: reasonOf(error) }, 'a sign-out was not published'),
  )
}
