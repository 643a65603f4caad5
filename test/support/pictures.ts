import { crc32, deflateSync, inflateSync } from 'node:zlib'

/** Returns a PNG of one colour. `pixels: false` omits the pixels, for a small file that claims a huge size. */
export function png(
  width: number,
  height: number,
  { colour = [10, 107, 81], pixels = true }: { colour?: number[]; pixels?: boolean } = {},
) {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  // 8-bit RGB.
  header.set([8, 2], 8)
  const row = Buffer.concat([Buffer.of(0), Buffer.concat(Array<Buffer>(width).fill(Buffer.from(colour)))])
  const rows = pixels ? Buffer.concat(Array<Buffer>(height).fill(row)) : Buffer.alloc(0)
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

/** A GIF of one pixel. */
export const gif = Buffer.from('R0lGODlhAQABAPAAAAprUQAAACH5BAAAAAAALAAAAAABAAEAAAICRAEAOw==', 'base64')

/** A BMP of one pixel, an unsupported format. */
export const bmp = Buffer.from(
  'Qk06AAAAAAAAADYAAAAoAAAAAQAAAAEAAAABABgAAAAAAAQAAAAAAAAAAAAAAAAAAAAAAAAAUWsKAA==',
  'base64',
)

/** Returns a JPEG with EXIF data and a colour profile, as cameras write them. Both contain `mark`. */
export async function jpegOf(picture: Buffer, mark: string): Promise<Buffer> {
  const exif = segment(0xe1, `Exif\0\0MM\0*\0\0\0\x08\0\0${mark}`)
  const profile = segment(0xe2, `ICC_PROFILE\0\x01\x01${mark.padEnd(200)}`)
  return withSegments(await new Bun.Image(picture).jpeg().buffer(), [exif, profile])
}

/** Returns JPEGs as phones write them, whose additional bytes look like thousands of scans: a motion photo, and one with 3 MB of metadata. */
export async function phoneJpegs(picture: Buffer): Promise<Buffer[]> {
  const jpeg = await new Bun.Image(picture).jpeg().buffer()
  const video = Buffer.alloc(4 * 1024 * 1024, '\xff\xda', 'latin1')
  const metadata = segment(0xeb, '\xff\xda'.repeat(32_000))
  return [Buffer.concat([jpeg, video]), withSegments(jpeg, Array<Buffer>(48).fill(metadata))]
}

function segment(marker: number, content: string): Buffer {
  const bytes = Buffer.from(content, 'latin1')
  const head = Buffer.of(0xff, marker, 0, 0)
  head.writeUInt16BE(bytes.length + 2, 2)
  return Buffer.concat([head, bytes])
}

function withSegments(jpeg: Buffer, segments: readonly Buffer[]): Buffer {
  return Buffer.concat([jpeg.subarray(0, 2), ...segments, jpeg.subarray(2)])
}

function chunk(name: string, content: Buffer): Buffer {
  const bytes = Buffer.concat([Buffer.from(name), content])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(content.length)
  sum.writeUInt32BE(crc32(bytes))
  return Buffer.concat([length, bytes, sum])
}

/** Returns an animated WebP of these pictures, which must have the same size. */
export async function animatedWebp(frames: readonly Buffer[]): Promise<Buffer> {
  const part = (name: string, content: Buffer) => {
    const head = Buffer.alloc(8)
    head.write(name, 'latin1')
    head.writeUInt32LE(content.length, 4)
    return Buffer.concat([head, content, Buffer.alloc(content.length % 2)])
  }
  const { width, height } = await new Bun.Image(frames[0]!).metadata()
  const size = Buffer.alloc(6)
  size.writeUIntLE(width - 1, 0, 3)
  size.writeUIntLE(height - 1, 3, 3)
  const animated = await Promise.all(
    frames.map(async (frame) => {
      const still = await new Bun.Image(frame).webp({ quality: 80 }).buffer()
      const extended = still.toString('latin1', 12, 16) === 'VP8X'
      const pixels = still.subarray(extended ? 30 : 12)
      return part('ANMF', Buffer.concat([Buffer.alloc(6), size, Buffer.of(100, 0, 0, 0), pixels]))
    }),
  )
  const body = Buffer.concat([
    Buffer.from('WEBP'),
    part('VP8X', Buffer.concat([Buffer.of(0x02, 0, 0, 0), size])),
    part('ANIM', Buffer.alloc(6)),
    ...animated,
  ])
  return part('RIFF', body)
}

/** Returns a progressive JPEG whose last scan is repeated. */
export async function jpegOfScans(picture: Buffer, scans: number): Promise<Buffer> {
  const jpeg = await new Bun.Image(picture).jpeg({ progressive: true }).buffer()
  const end = jpeg.lastIndexOf(Buffer.of(0xff, 0xd9))
  const last = jpeg.subarray(jpeg.lastIndexOf(Buffer.of(0xff, 0xda)), end)
  return Buffer.concat([jpeg.subarray(0, end), ...Array<Buffer>(scans).fill(last), jpeg.subarray(end)])
}

/** The colour of the first pixel of a picture. */
export async function firstPixel(picture: Uint8Array): Promise<number[]> {
  const bytes = await new Bun.Image(picture).png().buffer()
  const at = bytes.indexOf('IDAT')
  // The first pixel follows the filter of its row, and no filter changes it.
  return [...inflateSync(bytes.subarray(at + 4, at + 4 + bytes.readUInt32BE(at - 4))).subarray(1, 4)]
}
