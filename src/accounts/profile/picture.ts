import pLimit from 'p-limit'
import { AppError, Invalid } from '../../http/errors.ts'

/** Bytes of a picture as it is sent. */
export const PICTURE_BYTES = 5 * 1024 * 1024

/** More than phones take, and 128 MB while it is decoded: a small file can claim to be a huge picture. */
const MAX_PIXELS = 32_000_000

/** Pixels: the shorter side fills the largest circle on a dense screen; the longer one is at most twice that. */
const SIDE = 256

/** Bytes of a picture as it is kept: what fits into a blob of MySQL. */
const KEPT_BYTES = 65_535

/** Pictures decoded at once. */
const atOnce = pLimit(1)

/**
 * The picture as it is kept: small, WebP, with nothing in it but what one sees.
 * @throws Invalid when it is no PNG, JPEG, WebP or GIF that can be decoded, whatever its name says; AppError 501 where the
 * runtime knows no images
 */
export async function makePicture(bytes: Uint8Array): Promise<Uint8Array> {
  if (!('Bun' in globalThis)) throw new AppError(501, 'This server cannot read images.')
  return atOnce(async () => {
    const options = { maxPixels: MAX_PIXELS }
    try {
      const { format, width, height } = await new Bun.Image(bytes, options).metadata()
      if (!/^(png|jpeg|webp|gif)$/.test(format)) throw new Invalid({ image: 'image' })
      const scale = Math.min(SIDE / Math.min(width, height), (2 * SIDE) / Math.max(width, height))
      const [toWidth, toHeight] = [width, height].map((side) => Math.max(1, Math.round(side * scale)))
      for (const quality of [80, 50, 20]) {
        const image = new Bun.Image(bytes, options).resize(toWidth!, toHeight).webp({ quality })
        const picture = withoutMetadata(await image.bytes())
        if (picture.length <= KEPT_BYTES) return picture
      }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ERR_IMAGE_TOO_MANY_PIXELS') throw new Invalid({ image: 'image_pixels' })
      if (!code?.startsWith('ERR_IMAGE_')) throw error
    }
    throw new Invalid({ image: 'image' })
  })
}

/** A WebP without the colour profile, which tells of the camera and may be of any size, and what else is not the picture. */
function withoutMetadata(webp: Uint8Array): Uint8Array {
  const bytes = Buffer.from(webp)
  const kept: Uint8Array[] = []
  // RIFF: a name, a length, and chunks of a name, a length and as many bytes, padded to an even number.
  for (let at = 12; at < bytes.length; ) {
    const end = at + 8 + bytes.readUInt32LE(at + 4)
    const name = bytes.toString('latin1', at, at + 4)
    // Its flags say which of the others there are: of those, transparency stays.
    if (name === 'VP8X') bytes[at + 8]! &= 0x10
    if (/^(VP8[ LX]|ALPH)$/.test(name)) kept.push(bytes.subarray(at, end + (end % 2)))
    at = end + (end % 2)
  }
  const picture = Buffer.concat([bytes.subarray(0, 12), ...kept])
  picture.writeUInt32LE(picture.length - 8, 4)
  return picture
}
