/** A chunk of a WebP: its name, its header with the content, and the content. */
type Chunk = { name: string; bytes: Buffer; content: Buffer }

/** Bytes before the first chunk: `RIFF`, the length, `WEBP`. */
const HEADER = 12

/** The bit of an extended header that announces transparency. All other bits announce chunks that are removed here. */
const ALPHA = 0x10

/** Chunks that hold the pixels of a picture. */
const PIXELS = /^(?:VP8[ L]|ALPH)$/

/** Removes all metadata from a WebP, such as the colour profile, which identifies the camera and may have any size. */
export function withoutMetadata(webp: Uint8Array): Uint8Array {
  const kept: Buffer[] = []
  for (const { name, bytes } of chunksOf(Buffer.from(webp), HEADER)) {
    if (name === 'VP8X') bytes[8]! &= ALPHA
    if (name === 'VP8X' || PIXELS.test(name)) kept.push(bytes)
  }
  return assemble(kept)
}

/**
 * Returns the first frame of an animated WebP as a still picture, and other bytes unchanged. The decoder refuses animations.
 * Container format: RFC 9649, 2.7.
 */
export function firstFrame(bytes: Uint8Array): Uint8Array {
  const webp = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (webp.toString('latin1', 0, 4) !== 'RIFF' || webp.toString('latin1', 8, HEADER) !== 'WEBP') return bytes
  for (const { name, content } of chunksOf(webp, HEADER)) {
    if (name === 'ANMF') return stillOf(content) ?? bytes
    if (PIXELS.test(name)) return bytes
  }
  return bytes
}

/** The frame begins with its position, size, duration and flags in 16 bytes. null when it is cut off. */
function stillOf(frame: Buffer): Uint8Array | null {
  const pixels = [...chunksOf(frame, 16)].filter(({ name }) => PIXELS.test(name))
  if (pixels.length === 0) return null
  const extended = Buffer.from('VP8X\x0a\0\0\0\0\0\0\0', 'latin1')
  if (pixels.some(({ name }) => name !== 'VP8 ')) extended[8] = ALPHA
  return assemble([extended, frame.subarray(6, 12), ...pixels.map(({ bytes }) => bytes)])
}

function* chunksOf(bytes: Buffer, start: number): Iterable<Chunk> {
  for (let at = start; at + 8 <= bytes.length; ) {
    const end = at + 8 + bytes.readUInt32LE(at + 4)
    // Padded to an even number.
    const next = end + (end % 2)
    if (end > bytes.length) return
    const name = bytes.toString('latin1', at, at + 4)
    yield { name, bytes: bytes.subarray(at, next), content: bytes.subarray(at + 8, end) }
    at = next
  }
}

function assemble(parts: readonly Buffer[]): Buffer {
  const webp = Buffer.concat([Buffer.from('RIFF\0\0\0\0WEBP', 'latin1'), ...parts])
  webp.writeUInt32LE(webp.length - 8, 4)
  return webp
}
