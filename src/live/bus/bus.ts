import type { EphemeralEventView, HintView } from '../schema.ts'

/** A hint that is published on the bus. `ready` is sent by the hub to one connection. */
export type PublishedHint = Exclude<HintView, { type: 'ready' }>

/** Internal to the server: close the connections of a session, or let all connections of the user catch up. */
type ControlMessage = { type: 'session-revoked'; session: number } | { type: 'events-lost' }

/** `at` is when the change was requested, in milliseconds since 1970, to measure the delivery time. */
export type BusMessage = { event: PublishedHint | EphemeralEventView | ControlMessage; at: number }
export type Listener = (message: BusMessage) => void

/**
 * Publishes events to all processes, at most once. Clients recover lost events by catching up.
 * bus.test.ts is the contract test of every implementation.
 */
export type Bus = {
  readonly kind: 'memory' | 'redis'
  /** Resolves when the bus has accepted the message; rejects at once when the bus is unavailable. */
  publish(user: number, message: BusMessage): Promise<void>
  /** Resolves to the unsubscribe function once later messages will arrive. */
  subscribe(user: number, listener: Listener): Promise<() => Promise<void>>
  /** Adds a listener that is called when messages may have been lost, once the subscriptions are restored. */
  onGap(listener: () => void): void
  /** Resolves when a published message arrives; otherwise rejects, and reconnects what does not respond. */
  ping(): Promise<void>
  close(): Promise<void>
}

/** A bus for one process. */
export function memoryBus(): Bus {
  const channels = new Map<number, Set<Listener>>()
  return {
    kind: 'memory',
    async publish(user, message) {
      for (const listener of channels.get(user) ?? []) listener(message)
    },
    async subscribe(user, listener) {
      const channel = channels.get(user) ?? new Set()
      channels.set(user, channel.add(listener))
      return async () => {
        channel.delete(listener)
        if (channel.size === 0 && channels.get(user) === channel) channels.delete(user)
      }
    },
    onGap() {},
    async ping() {},
    async close() {
      channels.clear()
    },
  }
}
