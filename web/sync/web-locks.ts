import type { Clock } from './clock.ts'

/** The part of Web Locks (W3C) used here: a lock is held while `run` runs, and released when the tab is gone. */
export type Locks = {
  request(
    name: string,
    options: { signal?: AbortSignal; steal?: boolean },
    run: () => Promise<void>,
  ): Promise<unknown>
}

/** Milliseconds to wait for a lock: the tab that holds it may be suspended. */
const LOCK_TIMEOUT_MS = 20_000

/**
 * Runs at most one task per name across the tabs of this browser. Best effort: without locks, or when the lock is not
 * granted in time, the task runs without it.
 */
export function withTabLock(locks: Locks | undefined, scope: string, clock: Clock) {
  return async (name: string, task: () => Promise<void>): Promise<void> => {
    let hasStarted = false
    const run = () => {
      hasStarted = true
      return task()
    }
    const timeout = new AbortController()
    const cancel = clock.after(LOCK_TIMEOUT_MS, () => timeout.abort())
    try {
      if (locks) await locks.request(`${scope}:${name}`, { signal: timeout.signal }, run)
    } catch (error) {
      if (hasStarted) throw error
    } finally {
      cancel()
    }
    if (!hasStarted) await run()
  }
}
