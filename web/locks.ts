/** Web Locks (W3C), as far as they are used here: held while `run` runs, and free again when the tab is gone. */
export type Locks = {
  request(
    name: string,
    options: { signal?: AbortSignal; steal?: boolean },
    run: () => Promise<void>,
  ): Promise<unknown>
}

/** Milliseconds after which a tab that has a lock may be one that the system has suspended. */
const PATIENCE = 20_000

/**
 * Runs one task of a name at a time in all tabs of this browser. It is a courtesy and no promise: without locks, or when
 * the other tab takes too long, the task runs all the same.
 */
export function exclusively(locks: Locks | undefined, scope: string) {
  return async (name: string, task: () => Promise<void>): Promise<void> => {
    let begun = false
    const run = () => {
      begun = true
      return task()
    }
    try {
      if (locks) await locks.request(`${scope}:${name}`, { signal: AbortSignal.timeout(PATIENCE) }, run)
    } catch (error) {
      if (begun) throw error
    }
    if (!begun) await run()
  }
}
