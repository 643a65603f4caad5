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
 * Encodes text as the body of a response, with backpressure.
 * @param beforeChunk runs before each chunk is read; an error breaks off the response
 */
export function streamOf(
  text: AsyncIterable<string>,
  beforeChunk: () => Promise<void>,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const chunks = text[Symbol.asyncIterator]()
  const encoder = new TextEncoder()
  return new ReadableStream({
    async pull(controller) {
      await beforeChunk()
      let chunk = ''
      let done: boolean | undefined
      while (chunk.length < CHUNK && !done) {
        const next = await chunks.next()
        done = next.done
        if (!next.done) chunk += next.value
      }
      if (chunk) controller.enqueue(encoder.encode(chunk))
      if (done) controller.close()
    },
    async cancel() {
      await chunks.return?.()
    },
  })
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return isObject(value) && Symbol.asyncIterator in value
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
