import type { Bus, BusMessage, Listener } from '../src/live/bus/bus.ts'
import type { Time } from './time.ts'

/** How one note to one process fares. */
export type NoteFate = 'well' | 'dropped' | 'doubled' | 'late'

/** The bus between simulated processes, as Redis may behave and worse: notes overtake each other at any time. */
export class SimulatedBus {
  /** How the next notes fare. */
  fates: NoteFate[] = []
  /** Nothing can be published, and nobody is heard. */
  away = false
  readonly #ends: BusEnd[] = []

  constructor(
    readonly time: Time,
    readonly random: () => number,
  ) {}

  /** The bus as one process has it. */
  end(): BusEnd {
    const end = new BusEnd(this)
    this.#ends.push(end)
    return end
  }

  carry(user: number, note: BusMessage): void {
    // Redis knows who has subscribed at this moment, and nobody else gets it.
    for (const end of this.#ends.filter((end) => end.hears(user))) {
      const fate = this.fates.shift() ?? 'well'
      if (fate === 'dropped') continue
      this.time.after((fate === 'late' ? 4000 : 0) + this.delay(), () => end.deliver(user, note))
      if (fate === 'doubled') this.time.after(2 * this.delay(), () => end.deliver(user, note))
    }
  }

  /** The connections of all processes are lost at once, or back. */
  setAway(away: boolean): void {
    this.away = away
    for (const end of this.#ends) end.setDeaf(away)
  }

  /** Milliseconds that something takes on the wire. */
  delay(): number {
    return 5 * Math.floor(this.random() * 4)
  }

  reset(): void {
    this.fates = []
    this.away = false
    for (const end of this.#ends) end.forget()
  }
}

/** The contract of {@link Bus}, on the simulated one. */
export class BusEnd implements Bus {
  readonly kind = 'redis'
  #deaf = false
  readonly #channels = new Map<number, Set<Listener>>()
  readonly #gaps: (() => void)[] = []
  #waiting: (() => void)[] = []

  constructor(readonly bus: SimulatedBus) {}

  hears(user: number): boolean {
    return !this.#deaf && this.#channels.has(user)
  }

  deliver(user: number, note: BusMessage): void {
    if (this.#deaf) return
    for (const listener of this.#channels.get(user) ?? []) listener(structuredClone(note))
  }

  /** The subscriber's connection is lost; or back with its subscriptions, and whoever asked is told of the gap. */
  setDeaf(deaf: boolean): void {
    if (deaf === this.#deaf) return
    this.#deaf = deaf
    if (deaf) return
    for (const go of this.#waiting.splice(0)) go()
    for (const gap of this.#gaps) gap()
  }

  async publish(user: number, note: BusMessage): Promise<void> {
    await this.ping()
    this.bus.carry(user, note)
  }

  async subscribe(user: number, listener: Listener): Promise<() => Promise<void>> {
    const { time } = this.bus
    await time.sleep(this.bus.delay())
    while (this.#deaf) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    const channel = this.#channels.get(user) ?? new Set()
    this.#channels.set(user, channel.add(listener))
    await time.sleep(this.bus.delay())
    return async () => {
      channel.delete(listener)
      if (channel.size === 0 && this.#channels.get(user) === channel) this.#channels.delete(user)
    }
  }

  onGap(listener: () => void): void {
    this.#gaps.push(listener)
  }

  async ping(): Promise<void> {
    if (this.bus.away) throw new Error('the bus is away')
  }

  /** The process is gone, and with it all that it waited for. */
  forget(): void {
    this.#deaf = this.bus.away
    this.#channels.clear()
    this.#waiting = []
  }

  async close(): Promise<void> {}
}
