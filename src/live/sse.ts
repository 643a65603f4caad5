import { randomUUID } from 'node:crypto'
import { emit } from '../process/telemetry.ts'
import { type Connection, type Hub, MAX_BUFFERED_BYTES } from './hub.ts'

/** Proxies must not cache, transform or buffer the stream. */
export const STREAM_HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
}

const encoder = new TextEncoder()

/**
 * Measures the buffer in bytes. `send` enforces the limit, because Bun would allocate a high-water mark for each stream in
 * advance.
 */
const STRATEGY = { highWaterMark: 0, size: (chunk?: Uint8Array) => chunk?.byteLength ?? 0 }

/** Opens a live connection as a server-sent event stream (WHATWG HTML, 9.2). */
export function eventStream(hub: Hub, session: Connection['session'], signal: AbortSignal): Response {
  const source = new EventSource(hub, session)
  // `cancel` is not always called for a lost connection.
  signal.addEventListener('abort', source, { once: true })
  return new Response(new ReadableStream(source, STRATEGY), { headers: STREAM_HEADERS })
}

/** A class, so that thousands of connections share their methods. */
class EventSource implements Connection, UnderlyingDefaultSource<Uint8Array>, EventListenerObject {
  readonly id = randomUUID()
  readonly transport = 'sse'
  #controller!: ReadableStreamDefaultController<Uint8Array>

  constructor(
    readonly hub: Hub,
    readonly session: Connection['session'],
  ) {}

  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.#controller = controller
    // The comment opens the stream for proxies and browsers before the channel is subscribed.
    controller.enqueue(encoder.encode(': hello\n\n'))
    void this.hub.join(this)
  }

  send(type: string, json: string): void {
    if ((this.#controller.desiredSize ?? 0) < -MAX_BUFFERED_BYTES) {
      emit('chatapp:live', { type: 'dropped' })
      this.close()
      return
    }
    try {
      this.#controller.enqueue(encoder.encode(`event: ${type}\ndata: ${json}\n\n`))
    } catch {
      this.close()
    }
  }

  close(): void {
    this.cancel()
    try {
      this.#controller.close()
    } catch {
      // The client has already closed it.
    }
  }

  cancel(): void {
    this.hub.leave(this)
  }

  handleEvent(): void {
    this.close()
  }
}
