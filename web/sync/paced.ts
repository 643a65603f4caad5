import { backoff, type Clock } from './clock.ts'

const MAX_RETRIES = 5

/**
 * Wraps `task` so that a burst of calls runs it rarely: `delay` milliseconds after the first call, and then every
 * `interval` milliseconds while there are further calls. A failed run is repeated with exponential back-off, up to
 * `MAX_RETRIES` times: by then the connection is lost, or the next call repeats it.
 */
export function paced(
  task: () => Promise<void>,
  { clock, random, delay, interval }: { clock: Clock; random: () => number; delay: number; interval: number },
): () => void {
  let isWaiting = false
  let isDue = false
  let failures = 0
  let cancel = () => {}

  function wait(ms: number): void {
    cancel()
    isWaiting = true
    cancel = clock.after(ms, () => {
      isWaiting = false
      if (isDue) run()
    })
  }

  function run(): void {
    isDue = false
    wait(interval)
    task().then(
      () => {
        failures = 0
      },
      () => {
        if (failures === MAX_RETRIES) {
          failures = 0
          return
        }
        isDue = true
        wait(interval + backoff(failures++, random))
      },
    )
  }

  return () => {
    isDue = true
    if (!isWaiting) wait(delay)
  }
}
