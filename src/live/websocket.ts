import { randomUUID } from 'node:crypto'
import type { ServerWebSocket, WebSocketHandler } from 'bun'
import { emit } from '../process/telemetry.ts'
import { CLOSE, type Connection, type Hub, MAX_BUFFERED_BYTES } from './hub.ts'

/** The data attached to a Bun WebSocket. */
export type SocketData = { session: Connection['session']; connection?: Connection }

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
    message() {},
    close(socket) {
      if (socket.data.connection) hub.leave(socket.data.connection)
    },
  }
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
