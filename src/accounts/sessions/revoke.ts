import type { Orm } from '../../database/orm.ts'
import { preciseNow } from '../../live/precise-now.ts'
import type { Deps } from '../../process/deps.ts'
import { within } from '../../process/timeout.ts'
import { Session } from '../users/entity.ts'

/** Ends all of somebody's sessions but perhaps one, in a transaction; answers which. After its commit: `tellEnded`. */
export async function endSessions(
  em: Orm['em'],
  user: number,
  { but = 0, tokens = true }: { but?: number; tokens?: boolean } = {},
): Promise<number[]> {
  const ending = { user, id: { $ne: but }, ...(!tokens && { name: null }) }
  const sessions = await em.find(Session, ending, { fields: ['id'] })
  // By the user, not by these IDs: MySQL then also keeps out a session that is about to begin.
  await em.nativeDelete(Session, ending)
  return sessions.map(({ id }) => id)
}

/** Milliseconds that the bus may take: what it does not hear, the next beat sees. */
const PATIENCE = 1000

/** Closes the live connections of sessions that ended, on every process. */
export async function tellEnded(
  { bus, log }: Deps,
  user: number,
  sessions: readonly number[],
): Promise<void> {
  const told = sessions.map((session) =>
    bus.publish(user, { event: { type: 'signed-out', session }, at: preciseNow() }),
  )
  await within(PATIENCE, Promise.all(told)).catch((error) =>
    log.warn({ reason: String(error) }, 'the bus did not take a sign-out'),
  )
}
