import { type Channel, type ChannelListener, channel, subscribe, unsubscribe } from 'node:diagnostics_channel'

/**
 * Events for metrics and traces, by channel. Emitting costs almost nothing without a subscriber. Times are in milliseconds.
 * No event contains user data.
 */
export type TelemetryEvents = {
  /** A request arrived. */
  'chatapp:request-begun': Record<string, never>
  /** A request was completed; `route` is its pattern, null when none matched. */
  'chatapp:request': { method: string; route: string | null; status: number; ms: number }
  /** An attempt to send a message, and its duration. */
  'chatapp:send': { outcome: 'created' | 'repeated' | 'conflict' | 'refused' | 'failed'; ms: number }
  'chatapp:sign-in': { outcome: 'ok' | 'wrong' | 'limited' }
  /** A rate limit was counted in memory, because Redis was unavailable. */
  'chatapp:limit-fallback': Record<string, never>
  /** A transaction stored messages. */
  'chatapp:commit': { messages: number; ms: number }
  /** The time between the publication and the arrival of an event. */
  'chatapp:bus-lag': { ms: number }
  /** The bus may have lost events; an event was delivered to live connections; a connection that read too slowly was closed. */
  'chatapp:live': { type: 'gap' } | { type: 'delivered'; connections: number } | { type: 'dropped' }
}

const channels = {
  'chatapp:request-begun': channel('chatapp:request-begun'),
  'chatapp:request': channel('chatapp:request'),
  'chatapp:send': channel('chatapp:send'),
  'chatapp:sign-in': channel('chatapp:sign-in'),
  'chatapp:limit-fallback': channel('chatapp:limit-fallback'),
  'chatapp:commit': channel('chatapp:commit'),
  'chatapp:bus-lag': channel('chatapp:bus-lag'),
  'chatapp:live': channel('chatapp:live'),
} satisfies Record<keyof TelemetryEvents, Channel>

export function emit<Name extends keyof TelemetryEvents>(name: Name, message: TelemetryEvents[Name]): void {
  channels[name].publish(message)
}

/** Subscribes to a channel. Returns the function that unsubscribes. */
export function subscribeTo<Name extends keyof TelemetryEvents>(
  name: Name,
  listener: (message: TelemetryEvents[Name]) => void,
): () => void {
  subscribe(name, listener as ChannelListener)
  return () => void unsubscribe(name, listener as ChannelListener)
}
