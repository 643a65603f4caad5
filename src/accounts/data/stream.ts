import { TooManyRequests, Unavailable } from '../../http/errors.ts'
import { WorkQueue } from '../../process/work-queue.ts'

/** Exports that a process streams at the same time. A slow client only holds its own. */
const MAX_STREAMS = 20

/** Reading and rendering of chunks, so that exports leave time for messages. */
const chunkQueue = new WorkQueue({ name: 'an export', concurrency: 2, capacity: 1000, retryAfter: 60 })

/** Seconds until a user whose export is running may ask again. */
const RETRY_S = 10

/** The exports that are running. A process has one of these, in `Deps`. */
export class RunningExports {
  readonly #users = new Set<number>()

  /**
   * Reserves the place of a user's export, before any other work. Returns a function that releases it.
   * @throws TooManyRequests while another export of the user is running; Unavailable when all places are reserved
   */
  reserve(user: number): () => void {
    if (this.#users.has(user)) throw new TooManyRequests(RETRY_S)
    if (this.#users.size >= MAX_STREAMS) throw new Unavailable('Too many exports are running.', 60)
    this.#users.add(user)
    let isHeld = true
    return () => {
      if (isHeld) this.#users.delete(user)
      isHeld = false
    }
  }
}

/** Minimum characters per chunk of the stream. */
const CHUNK = 32 * 1024

/** Serializes a value as JSON in chunks. An AsyncIterable becomes an array and is read while it is written. */
export async function* jsonOf(value: unknown): AsyncIterable<string> {
  if (isAsyncIterable(value)) {
    let comma = ''
    yield '['
    for await (const item of value) {
      yield `${comma}\n`
      yield* jsonOf(item)
      comma = ','
    }
    yield ']'
  } else if (isObject(value) && Object.values(value).some(isAsyncIterable)) {
    let comma = ''
    yield '{'
    for (const [name, inner] of Object.entries(value)) {
      yield `${comma}\n${JSON.stringify(name)}: `
      yield* jsonOf(inner)
      comma = ','
    }
    yield '}'
  } else yield JSON.stringify(value)
}

type StreamOptions = {
  /** Its signal is aborted when the client leaves. */
  request: Pick<Request, 'method' | 'signal'>
  /** Runs before each chunk is read. An error breaks off the response. */
  beforeChunk: () => Promise<void>
  /** Runs once nothing more is read, also when nobody reads the response. It may run again. */
  onEnd: () => void
}

/**
 * Encodes text as the body of a response, with backpressure. Chunks of all exports are read two at a time.
 */
export function streamOf(
  text: AsyncIterable<string>,
  { request: { method, signal }, beforeChunk, onEnd }: StreamOptions,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const chunks = text[Symbol.asyncIterator]()
  const encoder = new TextEncoder()
  // Responses that are never read.
  if (signal.aborted || method === 'HEAD') onEnd()
  signal.addEventListener('abort', onEnd, { once: true })
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const { chunk, done } = await chunkQueue.run(readChunk, { signal: null })
          if (chunk) controller.enqueue(encoder.encode(chunk))
          if (!done) return
          controller.close()
        } catch (error) {
          controller.error(error)
        }
        onEnd()
      },
      async cancel() {
        onEnd()
        await chunks.return?.()
      },
    },
    // Nothing is read for a HEAD request.
    { highWaterMark: 0 },
  )

  async function readChunk(): Promise<{ chunk: string; done: boolean }> {
    await beforeChunk()
    let chunk = ''
    while (chunk.length < CHUNK) {
      const next = await chunks.next()
      if (next.done) return { chunk, done: true }
      chunk += next.value
    }
    return { chunk, done: false }
  }
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return isObject(value) && Symbol.asyncIterator in value
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
