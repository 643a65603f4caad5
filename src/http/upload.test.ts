import { expect, test } from 'bun:test'
import { TimeoutError } from '../process/timeout.ts'
import { TooLarge } from './errors.ts'
import { readUpload } from './upload.ts'

const pace = { graceMs: 1000, bytesPerMs: 1, ms: 60_000 }

const CHUNK = new Uint8Array(1000)

/** A request whose body has `chunks` of 1,000 bytes, and then never ends unless `ends`. */
function upload(chunks: number, { ends = false } = {}) {
  const cancelled = Promise.withResolvers<void>()
  const body = new ReadableStream(
    {
      pull(controller) {
        if (chunks-- > 0) return controller.enqueue(CHUNK)
        if (ends) return controller.close()
        return new Promise(() => {})
      },
      cancel: () => cancelled.resolve(),
    },
    { highWaterMark: 0 },
  )
  return { request: new Request('http://localhost', { method: 'PUT', body }), cancelled: cancelled.promise }
}

test('an upload that stops is given up and cancelled', async () => {
  const { request, cancelled } = upload(3)
  const read = readUpload(request, { limit: 10_000, pace: { graceMs: 10, bytesPerMs: 1000, ms: 60_000 } })
  await expect(read).rejects.toBeInstanceOf(TimeoutError)
  await cancelled
})

test('an upload gets time for the bytes that have arrived, up to a maximum', async () => {
  // A second for each chunk.
  const pace = { graceMs: 0, bytesPerMs: 1, ms: 60_000 }
  const { request } = upload(3, { ends: true })
  expect(await readUpload(request, { limit: 10_000, pace })).toHaveLength(3000)
  const read = readUpload(upload(3).request, { limit: 10_000, pace: { ...pace, ms: 10 } })
  await expect(read).rejects.toBeInstanceOf(TimeoutError)
})

test('an upload that is too large is cancelled', async () => {
  const { request, cancelled } = upload(3)
  await expect(readUpload(request, { limit: 2000, pace })).rejects.toBeInstanceOf(TooLarge)
  await cancelled
})
