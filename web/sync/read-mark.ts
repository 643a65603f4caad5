import { isRetryable } from './api.ts'
import type { Clock } from './clock.ts'
import { paced } from './paced.ts'
import { singleFlight } from './single-flight.ts'

/** Milliseconds between two requests in a burst of messages; a single message is marked at once. */
export const READ_INTERVAL_MS = 1000

/**
 * Sends read marks to the server: only forward, one request at a time, then the newest. A failed request is retried; `flush`
 * retries at once: call it whenever requests may work again.
 */
export function createReadMark(env: {
  read(person: string, seq: number): Promise<void>
  clock: Clock
  random(): number
}) {
  const pending = new Map<string, number>()
  const sent = new Map<string, number>()

  const sendAll = singleFlight(async () => {
    let failure: unknown
    for (const [person, seq] of pending) {
      try {
        await env.read(person, seq)
      } catch (error) {
        if (isRetryable(error)) {
          failure = error
          continue
        }
      }
      sent.set(person, seq)
      if (pending.get(person) === seq) pending.delete(person)
    }
    if (failure) throw failure
  })
  const sendSoon = paced(sendAll, {
    clock: env.clock,
    random: env.random,
    delay: 0,
    interval: READ_INTERVAL_MS,
  })

  return {
    /** The user has seen all messages up to `seq`. */
    read(person: string, seq: number): void {
      if (seq <= Math.max(pending.get(person) ?? 0, sent.get(person) ?? 0)) return
      pending.set(person, seq)
      sendSoon()
    },
    flush(): void {
      sendAll().catch(sendSoon)
    },
    /** The page is being left: sends all marks at once, without waiting for requests in progress. */
    leave(): void {
      for (const [person, seq] of pending) env.read(person, seq).catch(() => {})
    },
  }
}
