import { BadRequest } from './errors.ts'

/** A place in a list that is paged by key: the key of the last row, opaque to clients. */
export type Cursor = readonly (string | number)[]

/** One page of a list; `next` is the cursor of the following page, null on the last one. */
export type Page<Row> = { results: Row[]; next: string | null }

/**
 * Makes a page of rows that were read with `limit + 1`: the extra row only tells that there is a next page.
 * @param keyOf the key of a row, from which the next page continues
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
 * Reads what `encodeCursor` returned; null without a cursor, for the first page.
 * @param fits whether a key belongs to this list
 * @throws BadRequest for everything else
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
    // Refused below.
  }
  throw new BadRequest('The cursor does not belong to this list.')
}

/** The key of a list by ID. */
export function isIdKey(key: Cursor): key is readonly [number] {
  return key.length === 1 && Number.isSafeInteger(key[0])
}

/** The key of a list by time, in milliseconds since 1970, and by ID where times are equal. */
export function isTimeKey(key: Cursor): key is readonly [number, number] {
  return key.length === 2 && isStorableTime(key[0]) && Number.isSafeInteger(key[1])
}

/** Whether the databases can store the time: milliseconds since 1970 and before the year 10000. */
export function isStorableTime(ms: unknown): ms is number {
  return Number.isInteger(ms) && Number(ms) >= 0 && Number(ms) < 253_402_300_800_000
}
