/** Time as the browser's half sees it: injected, so that tests and simulations decide when it passes. */
export type Clock = {
  /** Milliseconds since 1970. */
  now(): number
  /** Calls `run` once in `ms` milliseconds; the answer cancels it. */
  after(ms: number, run: () => void): () => void
}

export const browserClock: Clock = {
  now: () => Date.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}

/** Milliseconds: the longest that anything waits before it is tried again. */
export const MAX_BACKOFF_MS = 30_000

/**
 * Milliseconds to wait after failure number `attempt` (from 0): exponential with full jitter, so that many clients
 * that lost the same server do not come back in step.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function backoff(attempt: number, random: () => number): number {
  return random() * Math.min(MAX_BACKOFF_MS, 1000 * 2 ** attempt)
}
