/** Counts attempts by key in fixed time windows, which begin with the first attempt. */
export type Counter = {
  /**
   * Adds an attempt, unless the limit is reached.
   * @returns `left`: further attempts until the window ends, or -1 if this one was not added; `ms` until then, at least 1
   */
  add(key: string): Promise<{ left: number; ms: number }>
  /** Lowers the count of a key by a number, not below the second number. At zero, the window ends, so that it needs no memory. */
  lower(key: string, by: number, least: number): Promise<void>
}

export type CounterOptions = {
  limit: number
  /** Seconds of a window. */
  duration: number
}

/** A counter of this process. */
export class MemoryCounter implements Counter {
  /** Windows in the order in which they end, because all are of the same length. */
  readonly #windows = new Map<string, { count: number; endsAt: number }>()
  readonly #options: CounterOptions

  constructor(options: CounterOptions) {
    this.#options = options
  }

  async add(key: string): Promise<{ left: number; ms: number }> {
    this.#removeEnded()
    const { limit, duration } = this.#options
    const window = this.#windows.get(key) ?? { count: 0, endsAt: performance.now() + duration * 1000 }
    const ms = Math.max(1, window.endsAt - performance.now())
    if (window.count >= limit) return { left: -1, ms }
    window.count++
    this.#windows.set(key, window)
    return { left: limit - window.count, ms }
  }

  async lower(key: string, by: number, least: number): Promise<void> {
    this.#removeEnded()
    const window = this.#windows.get(key)
    if (!window) return
    window.count = Math.min(window.count, Math.max(least, window.count - by))
    if (window.count === 0) this.#windows.delete(key)
  }

  #removeEnded(): void {
    for (const [key, { endsAt }] of this.#windows) {
      if (endsAt > performance.now()) return
      this.#windows.delete(key)
    }
  }
}
