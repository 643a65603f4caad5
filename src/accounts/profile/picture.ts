import { extname, join } from 'node:path'
import process from 'node:process'
import { AppError, Invalid } from '../../http/errors.ts'
import { ClientGone, WorkQueue } from '../../process/work-queue.ts'
import { DECODE_MEMORY, DECODE_MS, EXIT, LIMIT_SIGNAL, STORED_BYTES } from './picture-limits.ts'

/** One picture is decoded at a time. Uploads, which hold up to 5 MB each, are limited by the queue of `avatar.ts`. */
const decodeQueue = new WorkQueue({ name: 'a picture', concurrency: 1, capacity: 30, retryAfter: 10 })

/** Bytes that the program may write before it is killed: more than a stored picture. */
const MAX_OUTPUT = 2 * STORED_BYTES

/** Characters of its error messages in the log. */
const MAX_LOGGED = 2000

/**
 * Converts a picture to a small WebP without metadata, in a process of its own. An animation becomes its first frame.
 * @param options.ms milliseconds for one picture
 * @param options.memory bytes of memory for one picture
 * @param options.onStart runs when the process is about to start
 * @throws Invalid unless it is a valid PNG, JPEG, WebP or GIF of at most 32 million pixels that is decoded within the limits;
 * AppError 501 on a runtime without image support; Unavailable when too many are waiting; ClientGone
 */
export async function makePicture(
  bytes: Uint8Array,
  { ms = DECODE_MS, memory = DECODE_MEMORY, onStart = () => {} } = {},
): Promise<Uint8Array> {
  if (!('Bun' in globalThis)) throw new AppError(501, 'This server cannot read images.')
  return decodeQueue.run((signal) => {
    onStart()
    return decode(bytes, { ms, memory, signal })
  })
}

async function decode(
  bytes: Uint8Array,
  { ms, memory, signal }: { ms: number; memory: number; signal: AbortSignal | null },
): Promise<Uint8Array> {
  const timeout = AbortSignal.timeout(ms)
  // The program is beside this file, in the sources and in the built server.
  const program = join(import.meta.dirname, `picture-decoder${extname(import.meta.filename)}`)
  const command = [process.execPath, '--smol', '--no-env-file', program, String(ms), String(memory)]
  // At the lowest priority, where the system has this command: messages matter more than pictures.
  const nice = Bun.which('nice')
  const decoder = Bun.spawn(nice ? [nice, '-n', '19', ...command] : command, {
    stdin: bytes,
    stdout: 'pipe',
    stderr: 'pipe',
    // No secrets and no settings of the server, neither from its environment nor from files in its folder.
    env: {},
    cwd: '/',
    maxBuffer: MAX_OUTPUT,
    killSignal: 'SIGKILL',
    signal: AbortSignal.any(signal ? [signal, timeout] : [timeout]),
  })
  const [picture, errors, code] = await Promise.all([
    new Response(decoder.stdout).bytes(),
    new Response(decoder.stderr).text(),
    decoder.exited,
  ])
  if (code === EXIT.ok && isStoredPicture(picture)) return picture
  if (code === EXIT.tooManyPixels) throw new Invalid({ image: 'image_pixels' })
  if (signal?.aborted) throw new ClientGone()
  const isStopped = timeout.aborted || decoder.signalCode === LIMIT_SIGNAL
  if (isStopped || code === EXIT.invalid || code === EXIT.tooMuchWork) throw new Invalid({ image: 'image' })
  const how = decoder.signalCode ?? `code ${code}`
  throw new Error(`The picture decoder ended with ${how}: ${errors.slice(0, MAX_LOGGED)}`)
}

/** The decoder handles hostile bytes, so its output is not trusted either. */
function isStoredPicture(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.subarray(0, 12)).toString('latin1')
  return bytes.length <= STORED_BYTES && head.startsWith('RIFF') && head.endsWith('WEBP')
}
