import { createHash } from 'node:crypto'

/** SHA-256, in lower-case hexadecimal: 64 characters. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}
