import type { Deps } from '../process/deps.ts'
import type { PublishedHint } from './bus/bus.ts'
import { preciseNow } from './precise-now.ts'

/**
 * Hints to a user's live connections that something changed; call it after the commit. It never fails and is not waited
 * for: what the bus loses is repaired by the clients' catch-up.
 * @param at when the change was asked for, in milliseconds since 1970
 */
export function publishEvent(
  { bus, log }: Pick<Deps, 'bus' | 'log'>,
  user: number,
  event: PublishedHint,
  at = preciseNow(),
): void {
  bus
    .publish(user, { event, at })
    .catch((error) => log.warn({ reason: String(error), event: event.type }, 'an event was not published'))
}
