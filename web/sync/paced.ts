import type { Clock } from './clock.ts'

/**
 * Wraps `task` so that a burst of calls runs it rarely: `delay` milliseconds after the first call, and then every
 * `interval` milliseconds while there are further calls.
 */
export function paced(
  task: () => void,
  { clock, delay, interval }: { clock: Clock; delay: number; interval: number },
): () => void {
  let isWaiting = false
  let isDue = false

  function wait(ms: number): void {
    isWaiting = true
    clock.after(ms, () => {
      isWaiting = false
      if (!isDue) return
      isDue = false
      wait(interval)
      task()
    })
  }

  return () => {
    isDue = true
    if (!isWaiting) wait(delay)
  }
}
