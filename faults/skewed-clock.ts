import { browserClock, type Clock } from '../web/sync/clock.ts'
import { SWEEP_INTERVAL_MS } from '../web/sync/connection.ts'

/** The factor by which client clocks, and so their delays and timeouts, are faster in a short run. */
const SPEED = 5
const start = Date.now()
export const fastClock: Clock = {
  now: () => start + (Date.now() - start) * SPEED,
  after: (ms, run) => browserClock.after(ms / SPEED, run),
}

/** Milliseconds between two checks whether sweeps are on hold. */
const POLL_INTERVAL_MS = 50

/** Returns `clock` with sweeps delayed while `isOnHold` returns true. */
export function holdSweeps(clock: Clock, isOnHold: () => boolean): Clock {
  return {
    ...clock,
    after(ms, run) {
      if (ms !== SWEEP_INTERVAL_MS) return clock.after(ms, run)
      const sweep = () => {
        if (isOnHold()) cancel = clock.after(POLL_INTERVAL_MS, sweep)
        else run()
      }
      let cancel = clock.after(ms, sweep)
      return () => cancel()
    },
  }
}
