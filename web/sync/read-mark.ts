import { isRetryable } from './api.ts'
import type { Clock } from './clock.ts'
import { paced } from './paced.ts'
import { singleFlight } from './single-flight.ts'

/** Milliseconds between two requests in a burst of messages; a single message is marked at once. */
export const READ_INTERVAL_MS = 1000

/**
 * Sends read marks to the server: only forward, one request at a time, then the newest. `flush` retries failed requests;
 * call it whenever they may work again.
 */
export function createReadMark(env: { read(person: string, seq: number): Promise<void>; clock: Clock }) {
  const pending = new Map<string, number>()
  const sent = new Map<string, number>()

  const flush = singleFlight(async () => {
    for (const [person, seq] of pending) {
      try {
        await env.read(person, seq)
      } catch (error) {
        if (isRetryable(error)) return
      }
      sent.set(person, seq)
      if (pending.get(person) === seq) pending.delete(person)
    }
  })
  const flushSoon = paced(() => void flush(), { clock: env.clock, delay: 0, interval: READ_INTERVAL_MS })

  return {
    /** The user has seen all messages up to `seq`. */
    read(person: string, seq: number): void {
      if (seq <= Math.max(pending.get(person) ?? 0, sent.get(person) ?? 0)) return
      pending.set(person, seq)
      flushSoon()
    },
    flush: () => void flush(),
  }
}
