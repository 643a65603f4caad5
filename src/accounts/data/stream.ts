/** Characters that are handed over at once. */
const CHUNK = 32 * 1024

/** A value as JSON, piece by piece: what is iterated in it becomes an array, and is read no sooner than it is written. */
export async function* jsonOf(value: unknown): AsyncIterable<string> {
  if (isIterated(value)) {
    let comma = ''
    yield '['
    for await (const item of value) {
      yield `${comma}\n`
      yield* jsonOf(item)
      comma = ','
    }
    yield ']'
  } else if (isObject(value) && Object.values(value).some(isIterated)) {
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

/** Text as the body of an answer: made as fast as it is taken, and no faster. */
export function streamOf(text: AsyncIterable<string>): ReadableStream<Uint8Array<ArrayBuffer>> {
  const pieces = text[Symbol.asyncIterator]()
  const encoder = new TextEncoder()
  return new ReadableStream({
    async pull(controller) {
      let chunk = ''
      let done: boolean | undefined
      while (chunk.length < CHUNK && !done) {
        const next = await pieces.next()
        done = next.done
        if (!next.done) chunk += next.value
      }
      if (chunk) controller.enqueue(encoder.encode(chunk))
      if (done) controller.close()
    },
    async cancel() {
      await pieces.return?.()
    },
  })
}

function isIterated(value: unknown): value is AsyncIterable<unknown> {
  return isObject(value) && Symbol.asyncIterator in value
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
