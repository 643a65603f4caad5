import type { Orm } from '../db.ts'
import type { Deps } from '../deps.ts'
import { preciseNow } from '../live/clock.ts'
import { Session } from './entity.ts'

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

/** Closes the live connections of sessions that ended, on every process. */
export async function tellEnded(
  { bus, log }: Deps,
  user: number,
  sessions: readonly number[],
): Promise<void> {
  for (const session of sessions) {
    const event = { type: 'signed-out', session } as const
    await bus
      .publish(user, { event, at: preciseNow() })
      .catch((error) => log.warn({ reason: String(error) }, 'the bus did not take a sign-out'))
  }
}
