import { BadRequest } from './errors.ts'

/** A place in a list that is paged by key: the key of its last row, opaque to clients. */
export type Cursor = readonly (string | number)[]

export function encodeCursor(key: Cursor): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url')
}

/**
 * Reads what `encodeCursor` returned; `fits` says whether the key is one of this list's.
 * @throws BadRequest for everything else
 */
export function decodeCursor<Key extends Cursor>(cursor: string, fits: (key: Cursor) => key is Key): Key {
  try {
    const key = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    if (Array.isArray(key) && fits(key)) return key
  } catch {
    // Said below.
  }
  throw new BadRequest('The cursor is not one that this list gave.')
}
