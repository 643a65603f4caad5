/** Markers of ITU-T T.81, table B.1. */
const [SOI, EOI, SOS] = [0xd8, 0xd9, 0xda]

/**
 * Counts the scans of a JPEG; 0 for other formats. Follows the markers as decoders do: what is inside of a segment, such as a
 * thumbnail or a colour profile, and after the end of the picture, such as the video of a motion photo, does not count.
 */
export function countScans(bytes: Uint8Array): number {
  if (bytes[0] !== 0xff || bytes[1] !== SOI) return 0
  const jpeg = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let scans = 0
  for (let at = 2; ; ) {
    at = jpeg.indexOf(0xff, at)
    if (at === -1) return scans
    // Any number of 0xFF may precede a marker.
    while (jpeg[at] === 0xff) at++
    const marker = jpeg[at++]
    if (marker === EOI) return scans
    if (marker === undefined || !hasLength(marker)) continue
    if (marker === SOS) scans++
    if (at + 2 > jpeg.length) return scans
    at += jpeg.readUInt16BE(at)
  }
}

/** A 0 means the value 0xFF among pixels. Below 0xC0 are no segments, and 0xD0 to 0xD8 are restarts and the start of a picture. */
function hasLength(marker: number): boolean {
  return marker >= 0xc0 && !(marker >= 0xd0 && marker <= SOI)
}
