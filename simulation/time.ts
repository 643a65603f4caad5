import type { Clock } from '../web/sync/clock.ts'

/** Turns of the event loop after which all ready work is done. */
const IDLE = 8

/**
 * Simulated time. It only advances in {@link pass}. Timers due at the same instant run together, and all their effects
 * complete before the next instant.
 */
export class Time implements Clock {
  /** Later than the machine's clock, which session checks also use. */
  static readonly START = Date.UTC(2100, 0, 1, 12)
  /** Later than every event in any world. */
  static readonly END = Date.UTC(2101, 0, 1)
  #now = Time.START
  #timers: { at: number; run: () => void }[] = []
  #busy = 0
  #paused = 0

  now(): number {
    return this.#now
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + ms, run }
    const place = this.#timers.findIndex(({ at }) => at > timer.at)
    this.#timers.splice(place < 0 ? this.#timers.length : place, 0, timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve))
  }

  /** Holds time at the current instant until the work is done, unless it calls {@link pause}. */
  async work<T>(work: () => T | Promise<T>): Promise<T> {
    this.#busy++
    try {
      return await work()
    } finally {
      this.#busy--
    }
  }

  /** Sleeps within {@link work}. */
  async pause(ms: number): Promise<void> {
    this.#paused++
    await this.sleep(ms)
    this.#paused--
  }

  async pass(ms: number): Promise<void> {
    const end = this.#now + ms
    await this.#settle()
    while (this.#timers[0] && this.#timers[0].at <= end) {
      this.#now = Math.max(this.#now, this.#timers[0].at)
      const later = this.#timers.findIndex(({ at }) => at > this.#now)
      const due = this.#timers.splice(0, later < 0 ? this.#timers.length : later)
      for (const { run } of due) run()
      await this.#settle()
    }
    this.#now = end
  }

  /** Returns to the start and drops all timers. */
  async reset(): Promise<void> {
    await this.#settle()
    this.#now = Time.START
    this.#timers = []
    this.#busy = 0
    this.#paused = 0
  }

  /** Waits until all promises that can proceed without a timer have done so. */
  async #settle(): Promise<void> {
    for (let idle = 0; idle < IDLE; idle = this.#busy > 0 && this.#paused === 0 ? 0 : idle + 1) {
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
}
