import { isRetryable } from './api.ts'
import { singleFlight } from './single-flight.ts'

/**
 * Tells the server what has been read: only forward, one request at a time and then the newest, and only while somebody
 * can see the page. What could not be told is told by `flush`, which is called whenever it may work again.
 */
export function createReadMark(env: {
  read(person: string, seq: number): Promise<void>
  visible(): boolean
}) {
  const wanted = new Map<string, number>()
  const told = new Map<string, number>()

  const flush = singleFlight(async () => {
    for (const [person, seq] of wanted) {
      if (!env.visible()) return
      try {
        await env.read(person, seq)
      } catch (error) {
        if (isRetryable(error)) return
      }
      told.set(person, seq)
      if (wanted.get(person) === seq) wanted.delete(person)
    }
  })

  return {
    /** The reader has seen everything up to `seq`. */
    read(person: string, seq: number): void {
      if (seq <= Math.max(wanted.get(person) ?? 0, told.get(person) ?? 0)) return
      wanted.set(person, seq)
      void flush()
    },
    flush: () => void flush(),
  }
}
