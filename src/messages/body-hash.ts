import { createHash } from 'node:crypto'

/** SHA-256, in hexadecimal, of a message's original body, after trimming. */
export function hashBody(body: string): string {
  return createHash('sha256').update(body).digest('hex')
}
