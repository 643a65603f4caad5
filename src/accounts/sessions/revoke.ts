import type { Orm } from '../../database/orm.ts'
import { preciseNow } from '../../live/precise-now.ts'
import type { Deps } from '../../process/deps.ts'
import { withTimeout } from '../../process/timeout.ts'
import { SessionEntity } from '../users/entity.ts'

/** Ends all of somebody's sessions but perhaps one, in a transaction; answers which. After its commit: `publishSessionsRevoked`. */
export async function revokeSessions(
  em: Orm['em'],
  user: number,
  { but = 0, tokens = true }: { but?: number; tokens?: boolean } = {},
): Promise<number[]> {
  const ending = { user, id: { $ne: but }, ...(!tokens && { name: null }) }
  const sessions = await em.find(SessionEntity, ending, { fields: ['id'] })
  // By the user, not by these IDs: MySQL then also keeps out a session that is about to begin.
  await em.nativeDelete(SessionEntity, ending)
  return sessions.map(({ id }) => id)
}

/** Milliseconds that the bus may take: a session that it misses is found by the next heartbeat. */
const BUS_TIMEOUT_MS = 1000

/** Closes the live connections of sessions that ended, on every process. */
export async function publishSessionsRevoked(
  { bus, log }: Deps,
  user: number,
  sessions: readonly number[],
): Promise<void> {
  const told = sessions.map((session) =>
    bus.publish(user, { event: { type: 'session-revoked', session }, at: preciseNow() }),
  )
  await withTimeout(BUS_TIMEOUT_MS, Promise.all(told)).catch((error) =>
    log.warn({ reason: String(error) }, 'the bus did not take a sign-out'),
  )
}
