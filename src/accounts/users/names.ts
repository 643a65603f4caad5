import { sha256 } from '../../database/hash.ts'

/** Maximum characters of a word in the search index. */
const MAX_WORD = 80

/** Scripts written without spaces, where a search can begin at any character. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u

/** Whether it is a valid username. Checked before each lookup, because databases compare other characters differently. */
export function isUsername(text: string): boolean {
  return /^[A-Za-z0-9._-]{3,32}$/.test(text)
}

/** The username of a deleted account's tombstone. No user can choose it. */
export const tombstoneName = (id: number) => `deleted-${id}`

/** Whether it is the username of a tombstone. */
export function isTombstone(username: string): boolean {
  return /^deleted-\d+$/i.test(username)
}

/** The hash under which the username of a deleted account is reserved. */
export function hashHandle(handle: string): string {
  return sha256(handle)
}

/** Folds a text for search: removes case, accents and compatibility forms. */
function fold(text: string): string {
  // Maps ß and ẞ to the same text, and a final sigma to a normal one.
  const caseless = text.normalize('NFKD').toLowerCase().toUpperCase().toLowerCase().replaceAll('ς', 'σ')
  return caseless.normalize('NFKD').replace(/\p{M}/gu, '').normalize('NFC')
}

/** The words for the search index: the whole username, and the words of the display name. */
export function nameWords(username: string, displayName: string): string[] {
  const words = new Set([fold(username)])
  for (const written of fold(displayName).split(/\s+/)) {
    // "Jean-Luc" is found by jean-luc, jean and luc.
    for (const word of [written, ...written.split(/[^\p{L}\p{N}]+/u)]) {
      words.add(word)
      if (UNSPACED.test(word)) for (const suffix of suffixes(word)) words.add(suffix)
    }
  }
  words.delete('')
  return [...new Set([...words].map(clip))]
}

/** The words of a search, at most five. Each must begin a word of a user. */
export function searchWords(search: string): string[] {
  return [...new Set(fold(search).split(/\s+/).filter(Boolean).map(clip))].slice(0, 5)
}

function suffixes(word: string): string[] {
  const characters = [...word]
  return characters.map((_, start) => characters.slice(start).join(''))
}

function clip(word: string): string {
  return [...word].slice(0, MAX_WORD).join('')
}
