import { NotFound } from '../http/errors.ts'

/**
 * Parses a row's ID as it is in URLs: a positive integer in decimal.
 * @throws NotFound, or the subclass `Missing`, for anything else
 */
export function parseId(text: string, Missing: new () => NotFound = NotFound): number {
  if (!/^[1-9]\d{0,9}$/.test(text)) throw new Missing()
  return Number(text)
}
