import { tell } from '../diagnostics.ts'
import { BUFFER, type Connection, type Hub } from './hub.ts'

/** Proxies must neither keep nor rewrite nor collect it. */
export const STREAM_HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
}

const encoder = new TextEncoder()

/** A server-sent event stream (WHATWG HTML, 9.2) as a live connection. */
export function eventStream(hub: Hub, session: Connection['session'], signal: AbortSignal): Response {
  let connection: Connection
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const end = () => {
          hub.leave(connection)
          try {
            controller.close()
          } catch {
            // Already closed by the other side.
          }
        }
        connection = {
          transport: 'sse',
          session,
          send(type, json) {
            if ((controller.desiredSize ?? 0) <= 0) {
              tell('chatapp:live', { type: 'dropped' })
              return end()
            }
            try {
              controller.enqueue(encoder.encode(`event: ${type}\ndata: ${json}\n\n`))
            } catch {
              end()
            }
          },
          close: end,
        }
        // A cut connection is not always told by `cancel`.
        signal.addEventListener('abort', end, { once: true })
        // A comment first: proxies and browsers see the stream open before the channel is subscribed.
        controller.enqueue(encoder.encode(': hello\n\n'))
        void hub.join(connection)
      },
      cancel() {
        hub.leave(connection)
      },
    },
    { highWaterMark: BUFFER, size: (chunk) => chunk?.byteLength ?? 0 },
  )
  return new Response(body, { headers: STREAM_HEADERS })
}
