/**
 * Wraps `task` so that its runs never overlap. Calls during a run are merged into one more run after it, since the
 * current run may have read older state. The promise settles with the last run and rejects with its error.
 */
export function singleFlight(task: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null
  let isRerunDue = false

  async function run(): Promise<void> {
    try {
      do {
        isRerunDue = false
        await task().catch((error) => {
          // The next run may succeed.
          if (!isRerunDue) throw error
        })
      } while (isRerunDue)
    } finally {
      running = null
    }
  }

  return () => {
    if (running) isRerunDue = true
    else running = run()
    return running as Promise<void>
  }
}
