import type { Bus, BusMessage, Listener } from '../src/live/bus/bus.ts'
import type { Time } from './time.ts'

/** What happens to one message for one process. */
export type MessageFate = 'delivered' | 'dropped' | 'duplicated' | 'delayed'

/** A bus with the failures of Redis and worse: messages can also overtake each other. */
export class SimulatedBus {
  /** The fates of the next messages. */
  fates: MessageFate[] = []
  /** While true, publishing fails and nothing is delivered. */
  isDown = false
  readonly #clients: BusClient[] = []

  constructor(
    readonly time: Time,
    readonly random: () => number,
  ) {}

  /** Returns the bus connection of one process. */
  connect(): BusClient {
    const client = new BusClient(this)
    this.#clients.push(client)
    return client
  }

  publish(user: number, message: BusMessage): void {
    // As in Redis, only current subscribers get the message.
    for (const client of this.#clients.filter((client) => client.isSubscribed(user))) {
      const fate = this.fates.shift() ?? 'delivered'
      if (fate === 'dropped') continue
      this.time.after((fate === 'delayed' ? 4000 : 0) + this.delay(), () => client.deliver(user, message))
      if (fate === 'duplicated') this.time.after(2 * this.delay(), () => client.deliver(user, message))
    }
  }

  /** Disconnects or reconnects all processes at once. */
  setDown(isDown: boolean): void {
    this.isDown = isDown
    for (const client of this.#clients) client.setDisconnected(isDown)
  }

  /** A random latency in milliseconds. */
  delay(): number {
    return 5 * Math.floor(this.random() * 4)
  }

  reset(): void {
    this.fates = []
    this.isDown = false
    for (const client of this.#clients) client.reset()
  }
}

/** Implements {@link Bus} for one process. */
export class BusClient implements Bus {
  readonly kind = 'redis'
  #isDisconnected = false
  readonly #channels = new Map<number, Set<Listener>>()
  readonly #gapListeners: (() => void)[] = []
  #waiting: (() => void)[] = []

  constructor(readonly bus: SimulatedBus) {}

  isSubscribed(user: number): boolean {
    return !this.#isDisconnected && this.#channels.has(user)
  }

  deliver(user: number, message: BusMessage): void {
    if (this.#isDisconnected) return
    for (const listener of this.#channels.get(user) ?? []) listener(structuredClone(message))
  }

  /** Drops the subscriber's connection, or restores it with its subscriptions and reports the gap. */
  setDisconnected(isDisconnected: boolean): void {
    if (isDisconnected === this.#isDisconnected) return
    this.#isDisconnected = isDisconnected
    if (isDisconnected) return
    for (const resume of this.#waiting.splice(0)) resume()
    for (const listener of this.#gapListeners) listener()
  }

  async publish(user: number, message: BusMessage): Promise<void> {
    await this.ping()
    this.bus.publish(user, message)
  }

  async subscribe(user: number, listener: Listener): Promise<() => Promise<void>> {
    const { time } = this.bus
    await time.sleep(this.bus.delay())
    while (this.#isDisconnected) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    const channel = this.#channels.get(user) ?? new Set()
    this.#channels.set(user, channel.add(listener))
    await time.sleep(this.bus.delay())
    return async () => {
      channel.delete(listener)
      if (channel.size === 0 && this.#channels.get(user) === channel) this.#channels.delete(user)
    }
  }

  onGap(listener: () => void): void {
    this.#gapListeners.push(listener)
  }

  async ping(): Promise<void> {
    if (this.bus.isDown) throw new Error('the bus is down')
  }

  /** Drops all subscriptions and pending calls, as when the process dies. */
  reset(): void {
    this.#isDisconnected = this.bus.isDown
    this.#channels.clear()
    this.#waiting = []
  }

  async close(): Promise<void> {}
}
