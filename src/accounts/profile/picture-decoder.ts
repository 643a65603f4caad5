import process from 'node:process'
import { countScans } from './jpeg.ts'
import { EXIT, LIMIT_SIGNAL, MAX_PIXELS, MAX_SCANS, SIDE, STORED_BYTES } from './picture-limits.ts'
import { firstFrame, withoutMetadata } from './webp.ts'

/**
 * A program that converts one picture, from standard input to standard output, and exits with a code of `EXIT`. It runs in a
 * process of its own, because a decoder in native code can neither be stopped nor limited inside the server. Its arguments are
 * its limits: milliseconds, and bytes of memory. It ends itself with `LIMIT_SIGNAL` when it exceeds one.
 */

const [ms, memory] = process.argv.slice(2).map(Number) as [number, number]
// The server kills it after this time; the timer ends a decoder whose server has crashed.
setTimeout(stop, ms)
setInterval(() => process.memoryUsage.rss() > memory && stop(), 10)
process.exit(await convert(new Uint8Array(await Bun.stdin.arrayBuffer())))

async function convert(bytes: Uint8Array): Promise<number> {
  if (countScans(bytes) > MAX_SCANS) return EXIT.tooMuchWork
  const picture = firstFrame(bytes)
  const options = { maxPixels: MAX_PIXELS }
  try {
    const { format, width, height } = await new Bun.Image(picture, options).metadata()
    if (!/^(png|jpeg|webp|gif)$/.test(format)) return EXIT.invalid
    const scale = Math.min(SIDE / Math.min(width, height), (2 * SIDE) / Math.max(width, height))
    const [toWidth, toHeight] = [width, height].map((side) => Math.max(1, Math.round(side * scale)))
    for (const quality of [80, 50, 20]) {
      const image = new Bun.Image(picture, options).resize(toWidth!, toHeight).webp({ quality })
      const small = withoutMetadata(await image.bytes())
      if (small.length > STORED_BYTES) continue
      await Bun.write(Bun.stdout, small)
      return EXIT.ok
    }
    return EXIT.invalid
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ERR_IMAGE_TOO_MANY_PIXELS') return EXIT.tooManyPixels
    if (code?.startsWith('ERR_IMAGE_')) return EXIT.invalid
    throw error
  }
}

/** A normal exit would wait for the decoder. */
function stop(): void {
  process.kill(process.pid, LIMIT_SIGNAL)
}
