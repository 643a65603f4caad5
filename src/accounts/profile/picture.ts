import pLimit from 'p-limit'
import { AppError, Invalid } from '../../http/errors.ts'

/** Maximum bytes of an upload. */
export const PICTURE_BYTES = 5 * 1024 * 1024

/** More than phone cameras have, and 128 MB when decoded. A small file can declare huge dimensions. */
const MAX_PIXELS = 32_000_000

/** Pixels of the shorter side: enough for the largest avatar on a dense screen. The longer side is at most twice that. */
const SIDE = 256

/** Maximum bytes of a stored picture: the size of a MySQL blob. */
const STORED_BYTES = 65_535

/** Only one picture is decoded at a time. */
const decodeQueue = pLimit(1)

/**
 * Converts a picture to a small WebP without metadata.
 * @throws Invalid unless it is a valid PNG, JPEG, WebP or GIF of at most 32 million pixels; AppError 501 on a runtime without
 * image support
 */
export async function makePicture(bytes: Uint8Array): Promise<Uint8Array> {
  if (!('Bun' in globalThis)) throw new AppError(501, 'This server cannot read images.')
  return decodeQueue(async () => {
    const options = { maxPixels: MAX_PIXELS }
    try {
      const { format, width, height } = await new Bun.Image(bytes, options).metadata()
      if (!/^(png|jpeg|webp|gif)$/.test(format)) throw new Invalid({ image: 'image' })
      const scale = Math.min(SIDE / Math.min(width, height), (2 * SIDE) / Math.max(width, height))
      const [toWidth, toHeight] = [width, height].map((side) => Math.max(1, Math.round(side * scale)))
      for (const quality of [80, 50, 20]) {
        const image = new Bun.Image(bytes, options).resize(toWidth!, toHeight).webp({ quality })
        const picture = withoutMetadata(await image.bytes())
        if (picture.length <= STORED_BYTES) return picture
      }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ERR_IMAGE_TOO_MANY_PIXELS') throw new Invalid({ image: 'image_pixels' })
      if (!code?.startsWith('ERR_IMAGE_')) throw error
    }
    throw new Invalid({ image: 'image' })
  })
}

/** Removes all metadata from a WebP, such as the colour profile, which identifies the camera and may have any size. */
function withoutMetadata(webp: Uint8Array): Uint8Array {
  const bytes = Buffer.from(webp)
  const kept: Uint8Array[] = []
  // RIFF: a header, then chunks of a name, a length and that many bytes, padded to an even number.
  for (let at = 12; at < bytes.length; ) {
    const end = at + 8 + bytes.readUInt32LE(at + 4)
    const name = bytes.toString('latin1', at, at + 4)
    // Its flags list the other chunks; only the alpha chunk stays.
    if (name === 'VP8X') bytes[at + 8]! &= 0x10
    if (/^(VP8[ LX]|ALPH)$/.test(name)) kept.push(bytes.subarray(at, end + (end % 2)))
    at = end + (end % 2)
  }
  const picture = Buffer.concat([bytes.subarray(0, 12), ...kept])
  picture.writeUInt32LE(picture.length - 8, 4)
  return picture
}
