import { withTimeout } from '../process/timeout.ts'
import { BadRequest, UnsupportedType } from './errors.ts'
import { collectBytes } from './request-body.ts'

/** An upload may take `graceMs`, a millisecond more for each `bytesPerMs` that have arrived, and at most `ms` in all. */
export type Pace = { graceMs: number; bytesPerMs: number; ms: number }

/** Reads a large body. @throws TooLarge, TimeoutError */
export function readUpload(
  request: Request,
  { limit, pace }: { limit: number; pace: Pace },
): Promise<Uint8Array<ArrayBuffer>> {
  return collectBytes(request, { limit, chunks: request.body ? paced(request.body, pace) : [] })
}

/**
 * Reads the file in `field` of a multipart form; null when no file was chosen.
 * @throws TooLarge, UnsupportedType, BadRequest, TimeoutError
 */
export async function readUploadForm(
  request: Request,
  { field, ...upload }: { field: string; limit: number; pace: Pace },
): Promise<Uint8Array | null> {
  const type = request.headers.get('content-type') ?? ''
  if (!/^multipart\/form-data\b/i.test(type)) throw new UnsupportedType('Send multipart/form-data.')
  const bytes = await readUpload(request, upload)
  const form = await new Response(bytes, { headers: { 'content-type': type } }).formData().catch(() => {
    throw new BadRequest('The body is not a form.')
  })
  const file = form.get(field)
  return file instanceof Blob && file.size > 0 ? new Uint8Array(await file.arrayBuffer()) : null
}

/** The chunks of the body. A body that is not read to its end is cancelled. @throws TimeoutError */
async function* paced(
  body: ReadableStream<Uint8Array>,
  { graceMs, bytesPerMs, ms }: Pace,
): AsyncIterable<Uint8Array> {
  const started = performance.now()
  const reader = body.getReader()
  let size = 0
  try {
    for (;;) {
      const deadline = started + Math.min(ms, graceMs + size / bytesPerMs)
      const { done, value } = await withTimeout(Math.max(0, deadline - performance.now()), reader.read())
      if (done) return
      size += value.length
      yield value
    }
  } finally {
    // Not awaited: a client that sends nothing may delay it.
    reader.cancel().catch(() => {})
  }
}
