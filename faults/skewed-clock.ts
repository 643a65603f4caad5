import { browserClock, type Clock } from '../web/sync/clock.ts'
import { SWEEP_INTERVAL_MS } from '../web/sync/connection.ts'

/** How much faster the clients' clocks go in a short run: what they wait for, and their patience, is shorter by this. */
const HURRY = 5
const born = Date.now()
export const hurried: Clock = {
  now: () => born + (Date.now() - born) * HURRY,
  after: (ms, run) => browserClock.after(ms / HURRY, run),
}

/** Milliseconds between two looks at whether sweeps are held still. */
const LOOK = 50

/** Sweeps wait as long as they are held; all else is as on `clock`. */
export function heldBack(clock: Clock, held: () => boolean): Clock {
  return {
    ...clock,
    after(ms, run) {
      if (ms !== SWEEP_INTERVAL_MS) return clock.after(ms, run)
      const sweep = () => {
        if (held()) cancel = clock.after(LOOK, sweep)
        else run()
      }
      let cancel = clock.after(ms, sweep)
      return () => cancel()
    },
  }
}
