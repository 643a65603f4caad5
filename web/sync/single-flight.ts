/**
 * `task`, at most once at a time. A call during a run asks for one more run after it, however often it is repeated:
 * what the run under way has read may be older than the reason for the call.
 * The promise ends with the last run asked for, and rejects as that one does.
 */
export function singleFlight(task: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | null = null
  let again = false

  async function run(): Promise<void> {
    try {
      do {
        again = false
        await task().catch((error) => {
          // The next run may do what this one could not.
          if (!again) throw error
        })
      } while (again)
    } finally {
      running = null
    }
  }

  return () => {
    if (running) again = true
    else running = run()
    return running as Promise<void>
  }
}
