import type { Clock } from './clock.ts'

/** Web Locks (W3C), as far as they are used here: held while `run` runs, and free again when the tab is gone. */
export type Locks = {
  request(
    name: string,
    options: { signal?: AbortSignal; steal?: boolean },
    run: () => Promise<void>,
  ): Promise<unknown>
}

/** Milliseconds after which a tab that has a lock may be one that the system has suspended. */
const LOCK_TIMEOUT_MS = 20_000

/**
 * Runs one task of a name at a time in all tabs of this browser. It is a courtesy and no promise: without locks, or when
 * the other tab takes too long, the task runs all the same.
 */
export function withTabLock(locks: Locks | undefined, scope: string, clock: Clock) {
  return async (name: string, task: () => Promise<void>): Promise<void> => {
    let begun = false
    const run = () => {
      begun = true
      return task()
    }
    const late = new AbortController()
    const cancel = clock.after(LOCK_TIMEOUT_MS, () => late.abort())
    try {
      if (locks) await locks.request(`${scope}:${name}`, { signal: late.signal }, run)
    } catch (error) {
      if (begun) throw error
    } finally {
      cancel()
    }
    if (!begun) await run()
  }
}
