import type { EphemeralEventView, HintView } from '../schema.ts'

/** A hint that the bus can carry: `ready` belongs to one connection. */
export type PublishedHint = Exclude<HintView, { type: 'ready' }>

/** For the processes alone: close the connections of a session, or let all connections of the user catch up. */
type ControlMessage = { type: 'session-revoked'; session: number } | { type: 'events-lost' }

/** `at` is when the change was requested, in milliseconds since 1970, to measure how far the bus lags behind. */
export type BusMessage = { event: PublishedHint | EphemeralEventView | ControlMessage; at: number }
export type Listener = (note: BusMessage) => void

/**
 * Carries events between processes, at most once: a hint, never the only copy of anything.
 * One contract suite holds every kind of bus to what stands here.
 */
export type Bus = {
  readonly kind: 'memory' | 'redis'
  /** Resolves when the bus has it; rejects at once when the bus is away. */
  publish(user: number, note: BusMessage): Promise<void>
  /** Resolves when notes published from now on arrive; what it answers ends it. */
  subscribe(user: number, listener: Listener): Promise<() => Promise<void>>
  /** Called whenever notes may have been lost, once the subscriptions are in force again. */
  onGap(listener: () => void): void
  /** Resolves when what is published here is heard here; rejects when the bus is away or deaf, and then mends it. */
  ping(): Promise<void>
  close(): Promise<void>
}

/** A bus for one process. */
export function memoryBus(): Bus {
  const channels = new Map<number, Set<Listener>>()
  return {
    kind: 'memory',
    async publish(user, note) {
      for (const listener of channels.get(user) ?? []) listener(note)
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
