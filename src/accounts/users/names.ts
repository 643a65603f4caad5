import { sha256 } from '../../database/hash.ts'
import { fold } from './fold.ts'

/** Maximum characters of a word in the search index. */
const MAX_WORD = 80

/** Maximum rows of one user in the search index. */
const MAX_WORDS = 100

/** Scripts written without spaces, and Hangul, where a family name precedes without one: a search can begin at any character. */
const UNSPACED =
  /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{sc=Yi}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}\p{sc=Tibetan}\p{sc=Tai_Le}\p{sc=New_Tai_Lue}\p{sc=Tai_Tham}\p{sc=Tai_Viet}\p{sc=Javanese}\p{sc=Balinese}]/u

/** Whether it is a valid username. Checked before each lookup, because databases compare other characters differently. */
export function isUsername(text: string): boolean {
  return /^[A-Za-z0-9._-]{3,32}$/.test(text)
}

/** Longer input is no name or address, and trimming it could be slow. */
const MAX_TYPED = 400

/** Removes what keyboards and copying add to a name or address: outer spaces, invisible characters and full-width forms. */
export function trimTyped(text: string): string {
  if (text.length > MAX_TYPED) return text
  return text.normalize('NFKC').replace(/^[\s\p{Cf}]+|[\s\p{Cf}]+$/gu, '')
}

/** A username as a person types it, such as `Ada ` or `@ada`, without what does not belong to it. Case stays. */
export function typedUsername(text: string): string {
  return trimTyped(trimTyped(text).replace(/^@/, ''))
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

/** The words for the search index: the whole username, and the words of the display name. */
export function nameWords(username: string, displayName: string): string[] {
  const words = new Set([fold(username)])
  for (const written of fold(displayName).split(/\s+/)) {
    // "Jean-Luc" is found by jean-luc, jeanluc, jean and luc.
    const joined = written.replaceAll('-', '')
    for (const word of [written, joined, ...written.split(/[^\p{L}\p{N}]+/u)]) words.add(word)
    if (UNSPACED.test(written))
      for (const suffix of [...suffixes(written), ...suffixes(joined)]) words.add(suffix)
  }
  words.delete('')
  return [...new Set([...words].map(clip))].slice(0, MAX_WORDS)
}

/** The words of a search, at most five, without the `@` of a username. Each must begin a word of a user. */
export function searchWords(search: string): string[] {
  const words = fold(search)
    .split(/\s+/)
    .map((word) => clip(word.replace(/^@+/, '')))
  return [...new Set(words.filter(Boolean))].slice(0, 5)
}

/** The ends of a word, from each character or each syllable of Hangul. */
function suffixes(word: string): string[] {
  const starts = [...word.matchAll(/[\u1100-\u115f][\u1160-\u11ff]*|./gsu)].slice(0, MAX_WORD)
  return starts.map(({ index }) => word.slice(index))
}

function clip(word: string): string {
  return [...word].slice(0, MAX_WORD).join('')
}
