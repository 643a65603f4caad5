/** Maximum bytes of an upload. */
export const PICTURE_BYTES = 5 * 1024 * 1024

/**
 * The speed of an upload (see `Pace`). A client that sends nothing loses its place after ten seconds, and none keeps it longer than
 * a minute.
 */
export const UPLOAD_PACE = { graceMs: 10_000, bytesPerMs: 32, ms: 60_000 }

/** More than phone cameras have, and 128 MB when decoded. A small file can declare huge dimensions. */
export const MAX_PIXELS = 32_000_000

/** Scans of a JPEG. Progressive ones have about ten; each costs a pass over all pixels. */
export const MAX_SCANS = 32

/** Pixels of the shorter side: enough for the largest avatar on a dense screen. The longer side is at most twice that. */
export const SIDE = 256

/** Maximum bytes of a stored picture: the size of a MySQL blob. */
export const STORED_BYTES = 65_535

/** Milliseconds that a picture may take, from the start of its process. The largest valid ones take about a second. */
export const DECODE_MS = 10_000

/** Maximum memory of the process that decodes a picture, in bytes. The largest valid ones take about 350 MB. */
export const DECODE_MEMORY = 600 * 1024 * 1024

/** How the process that decodes a picture exits. */
export const EXIT = { ok: 0, invalid: 3, tooManyPixels: 4, tooMuchWork: 5 } as const

/** How it ends itself when it exceeds a limit. Signals that the system or an operator sends are others. */
export const LIMIT_SIGNAL = 'SIGALRM'
