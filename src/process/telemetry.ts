import { type Channel, type ChannelListener, channel, subscribe, unsubscribe } from 'node:diagnostics_channel'

/**
 * What a process tells of its own work, by channel. Unheard, telling costs next to nothing. Times are in milliseconds.
 * Nothing here names a person or repeats what they wrote.
 */
export type TelemetryEvents = {
  /** A request came. */
  'chatapp:request-begun': Record<string, never>
  /** A request was answered; `route` is the pattern of its path, null when there is none. */
  'chatapp:request': { method: string; route: string | null; status: number; ms: number }
  /** Somebody wanted to send a message, and was answered after so long. */
  'chatapp:send': { outcome: 'created' | 'repeated' | 'conflict' | 'refused'; ms: number }
  'chatapp:sign-in': { outcome: 'ok' | 'wrong' | 'limited' }
  /** A transaction stored messages. */
  'chatapp:commit': { messages: number; ms: number }
  /** An event arrived, so long after it was published. */
  'chatapp:bus-lag': { ms: number }
  /** Events may have been lost; one was handed to live connections; one of these was closed since it read too slowly. */
  'chatapp:live': { type: 'gap' } | { type: 'delivered'; connections: number } | { type: 'dropped' }
}

const channels = {
  'chatapp:request-begun': channel('chatapp:request-begun'),
  'chatapp:request': channel('chatapp:request'),
  'chatapp:send': channel('chatapp:send'),
  'chatapp:sign-in': channel('chatapp:sign-in'),
  'chatapp:commit': channel('chatapp:commit'),
  'chatapp:bus-lag': channel('chatapp:bus-lag'),
  'chatapp:live': channel('chatapp:live'),
} satisfies Record<keyof TelemetryEvents, Channel>

export function emit<Name extends keyof TelemetryEvents>(name: Name, message: TelemetryEvents[Name]): void {
  channels[name].publish(message)
}

/** Listens until what it answers is called. */
export function subscribeTo<Name extends keyof TelemetryEvents>(
  name: Name,
  listener: (message: TelemetryEvents[Name]) => void,
): () => void {
  subscribe(name, listener as ChannelListener)
  return () => void unsubscribe(name, listener as ChannelListener)
}
