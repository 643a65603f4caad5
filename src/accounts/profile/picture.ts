import { extname, join } from 'node:path'
import process from 'node:process'
import { AppError, Invalid } from '../../http/errors.ts'
import { WorkQueue } from '../../process/work-queue.ts'
import { DECODE_MS, EXIT } from './picture-limits.ts'

/** One picture is decoded at a time. Uploads, which hold up to 5 MB each, are limited by the queue of `avatar.ts`. */
const decodeQueue = new WorkQueue({ name: 'a picture', concurrency: 1, capacity: 30, retryAfter: 10 })

/** The program, beside this file in the sources and in the built server. */
const DECODER = join(import.meta.dirname, `picture-decoder${extname(import.meta.filename)}`)

/**
 * Converts a picture to a small WebP without metadata, in a process of its own. An animation becomes its first frame.
 * @throws Invalid unless it is a valid PNG, JPEG, WebP or GIF of at most 32 million pixels that is decoded within its limits
 * of time and memory; AppError 501 on a runtime without image support; Unavailable when too many are waiting
 */
export async function makePicture(bytes: Uint8Array): Promise<Uint8Array> {
  if (!('Bun' in globalThis)) throw new AppError(501, 'This server cannot read images.')
  return decodeQueue.run((signal) => decode(bytes, signal))
}

async function decode(bytes: Uint8Array, signal: AbortSignal | null): Promise<Uint8Array> {
  const decoder = Bun.spawn([process.execPath, '--smol', DECODER], {
    stdin: bytes,
    stdout: 'pipe',
    stderr: 'ignore',
    // No secrets of the server.
    env: {},
    timeout: DECODE_MS,
    killSignal: 'SIGKILL',
    ...(signal && { signal }),
  })
  const [picture, code] = await Promise.all([new Response(decoder.stdout).bytes(), decoder.exited])
  if (code === EXIT.ok) return picture
  throw new Invalid({ image: code === EXIT.tooManyPixels ? 'image_pixels' : 'image' })
}
