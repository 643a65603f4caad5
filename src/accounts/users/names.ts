import { createHash } from 'node:crypto'

/** Longest word that is kept for search, in characters. */
const WORD = 80

/** Scripts written without spaces: any character may start what people type. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u

/** Whether it can be somebody's: asked before each look-up by name, because databases differ in what else they find. */
export function isUsername(text: string): boolean {
  return /^[A-Za-z0-9._-]{3,32}$/.test(text)
}

/** What is left of the name of a deleted account: nobody's, so that nobody is taken for one. */
export const tombstoneName = (id: number) => `deleted-${id}`

/** Whether it is the name of an account that was deleted. */
export function isTombstone(username: string): boolean {
  return /^deleted-\d+$/i.test(username)
}

/** By what a name is known that is not given out again. */
export function hashHandle(handle: string): string {
  return createHash('sha256').update(handle).digest('hex')
}

/** A text as search sees it: without case, accents or compatibility forms. */
function fold(text: string): string {
  // ß and ẞ meet as SS; a sigma that ends a word is one as any other.
  const caseless = text.normalize('NFKD').toLowerCase().toUpperCase().toLowerCase().replaceAll('ς', 'σ')
  return caseless.normalize('NFKD').replace(/\p{M}/gu, '').normalize('NFC')
}

/** The words somebody is found by: the username whole, and the words of the display name. */
export function nameWords(username: string, displayName: string): string[] {
  const words = new Set([fold(username)])
  for (const written of fold(displayName).split(/\s+/)) {
    // "Jean-Luc" is found as jean-luc, jean and luc.
    for (const word of [written, ...written.split(/[^\p{L}\p{N}]+/u)]) {
      words.add(word)
      if (UNSPACED.test(word)) for (const suffix of suffixes(word)) words.add(suffix)
    }
  }
  words.delete('')
  return [...new Set([...words].map(clip))]
}

/** What was typed into the search field, as words that each must begin one of somebody's words. */
export function searchWords(search: string): string[] {
  return [...new Set(fold(search).split(/\s+/).filter(Boolean).map(clip))].slice(0, 5)
}

function suffixes(word: string): string[] {
  const characters = [...word]
  return characters.map((_, start) => characters.slice(start).join(''))
}

function clip(word: string): string {
  return [...word].slice(0, WORD).join('')
}
