import type { LiveEventView } from '../../src/live/schema.ts'
import type { Transport } from './connection.ts'

/** Events over a WebSocket at `url` (`ws:` or `wss:`). */
export function webSocket(url: string, Socket: typeof WebSocket = WebSocket): Transport {
  return (on) => {
    const socket = new Socket(url)
    socket.onmessage = ({ data }) => on.frame(data)
    socket.onclose = ({ code }) => on.end(code)
    return () => {
      socket.onclose = null
      socket.close()
    }
  }
}

/** The event types to subscribe to on a stream. */
const TYPES: Record<LiveEventView['type'], true> = {
  ready: true,
  message: true,
  read: true,
  conversation: true,
  heartbeat: true,
}

/** Server-sent events at `url`. The reconnect of EventSource is not used, so that a WebSocket is tried first. */
export function eventStream(url: string, Source: typeof EventSource = EventSource): Transport {
  return (on) => {
    const source = new Source(url)
    for (const type in TYPES) source.addEventListener(type, ({ data }: MessageEvent) => on.frame(data))
    source.onerror = () => on.end()
    return () => source.close()
  }
}
