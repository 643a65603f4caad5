import type { Deps } from '../process/deps.ts'
import { preciseNow } from '../process/precise-now.ts'
import { reasonOf } from '../process/reason.ts'
import type { PublishedHint } from './bus/bus.ts'

/**
 * Publishes an event to a user's live connections; call it after the commit. Never throws: clients that miss an event catch
 * up.
 * @param at when the change was requested, in milliseconds since 1970
 */
export function publishEvent(
  { bus, log }: Pick<Deps, 'bus' | 'log'>,
  user: number,
  event: PublishedHint,
  at = preciseNow(),
): void {
  bus
    .publish(user, { event, at })
    .catch((error) => log.warn({ reason: reasonOf(error), event: event.type }, 'an event was not published'))
}
