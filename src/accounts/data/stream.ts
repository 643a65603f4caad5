import { Unavailable } from '../../http/errors.ts'
import { WorkQueue } from '../../process/work-queue.ts'

/** Exports that a process streams at the same time. A slow client only holds its own. */
const MAX_STREAMS = 20

/** Reading and rendering of chunks, so that exports leave time for messages. */
const chunkQueue = new WorkQueue({ name: 'an export', concurrency: 2, capacity: 1000, retryAfter: 60 })

let streams = 0

/** @throws Unavailable while as many exports are streamed as the process allows */
export function checkExportRoom(): void {
  if (streams >= MAX_STREAMS) throw new Unavailable('Too many exports are running.', 60)
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

/**
 * Encodes text as the body of a response, with backpressure. Chunks of all exports are read two at a time.
 * @param beforeChunk runs before each chunk is read; an error breaks off the response
 */
export function streamOf(
  text: AsyncIterable<string>,
  beforeChunk: () => Promise<void>,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const chunks = text[Symbol.asyncIterator]()
  const encoder = new TextEncoder()
  let isCounted = false
  return new ReadableStream(
    {
      async pull(controller) {
        if (!isCounted) streams++
        isCounted = true
        try {
          const { chunk, done } = await chunkQueue.run(readChunk, { signal: null })
          if (chunk) controller.enqueue(encoder.encode(chunk))
          if (!done) return
          controller.close()
        } catch (error) {
          controller.error(error)
        }
        end()
      },
      async cancel() {
        end()
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

  function end(): void {
    if (isCounted) streams--
    isCounted = false
  }
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return isObject(value) && Symbol.asyncIterator in value
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
