import { isRetryable } from './api.ts'
import { singleFlight } from './single-flight.ts'

/**
 * Sends read marks to the server: only forward, one request at a time, then the newest, and only while the page is
 * visible. `flush` retries failed requests; call it whenever they may work again.
 */
export function createReadMark(env: {
  read(person: string, seq: number): Promise<void>
  visible(): boolean
}) {
  const pending = new Map<string, number>()
  const sent = new Map<string, number>()

  const flush = singleFlight(async () => {
    for (const [person, seq] of pending) {
      if (!env.visible()) return
      try {
        await env.read(person, seq)
      } catch (error) {
        if (isRetryable(error)) return
      }
      sent.set(person, seq)
      if (pending.get(person) === seq) pending.delete(person)
    }
  })

  return {
    /** The user has seen all messages up to `seq`. */
    read(person: string, seq: number): void {
      if (seq <= Math.max(pending.get(person) ?? 0, sent.get(person) ?? 0)) return
      pending.set(person, seq)
      void flush()
    },
    flush: () => void flush(),
  }
}
