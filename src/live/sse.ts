import { randomUUID } from 'node:crypto'
import { emit } from '../process/telemetry.ts'
import { type Connection, type Hub, MAX_BUFFERED_BYTES } from './hub.ts'

/** Proxies must neither keep nor rewrite nor collect it. */
export const STREAM_HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
}

const encoder = new TextEncoder()

/**
 * Counts in bytes what waits for the reader. What may wait is up to the stream's owner: Bun would set aside as much for
 * each stream as stands here.
 */
const STRATEGY = { highWaterMark: 0, size: (chunk?: Uint8Array) => chunk?.byteLength ?? 0 }

/** A server-sent event stream (WHATWG HTML, 9.2) as a live connection. */
export function eventStream(hub: Hub, session: Connection['session'], signal: AbortSignal): Response {
  const source = new EventSource(hub, session)
  // A cut connection is not always told by `cancel`.
  signal.addEventListener('abort', source, { once: true })
  return new Response(new ReadableStream(source, STRATEGY), { headers: STREAM_HEADERS })
}

/** A class, since ten thousand of them share their methods. */
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
    // A comment first: proxies and browsers see the stream open before the channel is subscribed.
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
      // The other side has closed it already.
    }
  }

  cancel(): void {
    this.hub.leave(this)
  }

  handleEvent(): void {
    this.close()
  }
}
