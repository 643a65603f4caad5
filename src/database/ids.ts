import { NotFound } from '../http/errors.ts'

/**
 * Parses a row's ID as it is in URLs: a positive integer in decimal.
 * @throws NotFound with `detail` for anything else
 */
export function parseId(text: string, detail?: string): number {
  if (!/^[1-9]\d{0,9}$/.test(text)) throw new NotFound(detail)
  return Number(text)
}
