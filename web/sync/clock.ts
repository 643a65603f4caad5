/** The time in the browser: injected, so that tests and simulations control it. */
export type Clock = {
  /** Milliseconds since 1970. */
  now(): number
  /** Calls `run` once after `ms` milliseconds; the returned function cancels it. */
  after(ms: number, run: () => void): () => void
}

export const browserClock: Clock = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}

/** The longest wait before a retry, in milliseconds. */
export const MAX_BACKOFF_MS = 30_000

/**
 * Milliseconds to wait after failure number `attempt` (from 0): exponential with full jitter, so that clients that lost
 * the same server do not reconnect at the same time.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function backoff(attempt: number, random: () => number): number {
  return random() * Math.min(MAX_BACKOFF_MS, 1000 * 2 ** attempt)
}
