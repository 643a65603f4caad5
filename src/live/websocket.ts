import { randomUUID } from 'node:crypto'
import type { ServerWebSocket, WebSocketHandler } from 'bun'
import { emit } from '../process/telemetry.ts'
import { CLOSE, type Connection, type Hub, MAX_BUFFERED_BYTES, MAX_FRAMES } from './hub.ts'

/** The data attached to a Bun WebSocket. */
export type SocketData = { session: Connection['session']; connection?: Connection; received?: Received }

/** The frames that a client has sent since `at`, a time of `performance.now()`. */
type Received = { at: number; frames: number }

/** Maximum size of a client's frame, in bytes. Frames are ignored, so it is small. */
const MAX_FRAME_BYTES = 1024

/** Returns the handler that makes Bun WebSockets live connections. */
export function websocketHandler(hub: Hub): WebSocketHandler<SocketData> {
  return {
    maxPayloadLength: MAX_FRAME_BYTES,
    backpressureLimit: MAX_BUFFERED_BYTES,
    closeOnBackpressureLimit: true,
    idleTimeout: 120,
    sendPings: true,
    open(socket) {
      socket.data.connection = {
        id: randomUUID(),
        transport: 'websocket',
        session: socket.data.session,
        ...transport(socket),
      }
      void hub.join(socket.data.connection)
    },
    // Ignored, so that a later version may define them.
    message: count,
    ping: count,
    pong: count,
    close(socket) {
      if (socket.data.connection) hub.leave(socket.data.connection)
    },
  }
}

/** Counts a frame of the client, and closes the connection beyond `MAX_FRAMES` a minute. */
function count(socket: ServerWebSocket<SocketData>): void {
  const now = performance.now()
  const last = socket.data.received
  const received = last && now - last.at < 60_000 ? last : { at: now, frames: 0 }
  socket.data.received = received
  if (++received.frames > MAX_FRAMES) socket.close(CLOSE.tooManyFrames)
}

function transport(socket: ServerWebSocket<SocketData>): Pick<Connection, 'send' | 'close'> {
  return {
    send(_type, json) {
      if (socket.send(json) !== 0 || socket.readyState !== WebSocket.OPEN) return
      emit('chatapp:live', { type: 'dropped' })
      socket.close(CLOSE.tooSlow)
    },
    close(code) {
      socket.close(code)
    },
  }
}
