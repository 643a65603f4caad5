import { BadCursor } from './errors.ts'

/** A position in a list: the key of the last row of a page, opaque to clients. */
export type Cursor = readonly (string | number)[]

/** One page of a list; `next` is the cursor of the following page, null on the last one. */
export type Page<Row> = { results: Row[]; next: string | null }

/**
 * Makes a page of rows that were read with `limit + 1`. The extra row only shows that there is a next page.
 * @param keyOf returns the key of a row, after which the next page starts
 */
export function pageOf<Row>(rows: readonly Row[], limit: number, keyOf: (row: Row) => Cursor): Page<Row> {
  const results = rows.slice(0, limit)
  const last = results.at(-1)
  return { results, next: rows.length > limit && last ? encodeCursor(keyOf(last)) : null }
}

export function encodeCursor(key: Cursor): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url')
}

/**
 * Decodes a cursor of `encodeCursor`; null without a cursor, for the first page.
 * @param fits whether a key belongs to this list
 * @throws BadRequest when the cursor is invalid
 */
export function decodeCursor<Key extends Cursor>(
  cursor: string | undefined,
  fits: (key: Cursor) => key is Key,
): Key | null {
  if (cursor === undefined) return null
  try {
    const key = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    if (Array.isArray(key) && fits(key)) return key
  } catch {
    // Reported below.
  }
  throw new BadCursor()
}

/** Whether it is the key of a list ordered by ID. */
export function isIdKey(key: Cursor): key is readonly [number] {
  return key.length === 1 && Number.isSafeInteger(key[0])
}

/** Whether it is the key of a list ordered by time, in milliseconds since 1970, and then by ID. */
export function isTimeKey(key: Cursor): key is readonly [number, number] {
  return key.length === 2 && isStorableTime(key[0]) && Number.isSafeInteger(key[1])
}

/** Whether the databases can store the time: milliseconds since 1970 and before the year 10000. */
export function isStorableTime(ms: unknown): ms is number {
  return Number.isInteger(ms) && Number(ms) >= 0 && Number(ms) < 253_402_300_800_000
}
