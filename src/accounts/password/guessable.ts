import { commonWords, foldWord } from './common-words.ts'

/** Letters that signs and digits stand for. */
const LEET: Record<string, string> = {
  ...{ 0: 'o', 1: 'i', 2: 'z', 3: 'e', 4: 'a', 5: 's', 6: 'g', 7: 't', 8: 'b', 9: 'g' },
  ...{ '@': 'a', $: 's', '!': 'i', '|': 'l', '€': 'e', '+': 't' },
}

/** Signs and digits beside the words, at most; more of them are hard to guess. */
const MAX_ADDED = 8

/** Minimum letters of a word; in other scripts, two are a name. */
const SHORTEST = { latin: 3, other: 2 }

/** Digits and signs that people add to a word: up to three digits, a year or a sequence, between up to two signs. */
const HABITUAL =
  /^[^\p{L}\p{N}]{0,2}(?:\d{0,3}|(?:19|20)\d\d|1234\d{0,6}|4321|1314|(\d)\1{3,5})[^\p{L}\p{N}]{0,2}$/u

/** The words of a text, and the text without its separators, folded. */
export function wordsOf(text: string): string[] {
  const folded = foldWord(text)
  const words = folded.split(/[^\p{L}]+/u)
  return [...words, words.join('')].filter(isWord)
}

/**
 * Whether a password consists of nothing but easy words, however they are written, separated and extended: `Summer2024!`,
 * `P@ssw0rd1`, `ada.lovelace!`.
 * @param words about the user and the server, from `wordsOf`
 * @param isCommonPassword whether a list of breached passwords contains the word
 */
export function isMadeOfWords(
  password: string,
  { words, isCommonPassword }: { words: readonly string[]; isCommonPassword: (word: string) => boolean },
): boolean {
  known ??= commonWords()
  const easy = new Set([...known, ...words])
  for (const { letters, before, between, after } of readings(foldWord(password))) {
    const isHabitual = between === 0 && HABITUAL.test(before) && HABITUAL.test(after)
    const isExtended = before.length + between + after.length <= MAX_ADDED
    for (const written of [letters, [...letters].reverse().join('')]) {
      if (isExtended && isJoined(written, easy)) return true
      if (isHabitual && isCommonPassword(written)) return true
    }
  }
  return false
}

let known: string[] | undefined

/** The letters of a password, what stands before and after them, and how many other characters between them. */
type Reading = { letters: string; before: string; between: number; after: string }

/** The ways to read a password: without its digits and signs, or with some of them as letters. */
function* readings(password: string): Iterable<Reading> {
  const plain = password.replace(/[^\p{L}]/gu, '')
  yield { letters: plain, before: '', between: password.length - plain.length, after: '' }
  const [begin] = /^[^\p{L}]*/u.exec(password)!
  const [end] = /[^\p{L}]*$/u.exec(password)!
  if (begin.length > MAX_ADDED || end.length > MAX_ADDED) return
  for (let from = 0; from <= begin.length; from++) {
    for (let to = password.length - end.length; to <= password.length; to++) {
      const word = [...password.slice(from, to)]
      for (const one of ['i', 'l']) {
        const read = word.map((sign) => (sign === '1' ? one : (LEET[sign] ?? sign))).join('')
        const letters = read.replace(/[^\p{L}]/gu, '')
        const between = read.length - letters.length
        yield { letters, before: password.slice(0, from), between, after: password.slice(to) }
      }
    }
  }
}

/** Whether the text is one or more of the words, one after the other. */
function isJoined(text: string, words: ReadonlySet<string>): boolean {
  if (!isWord(text)) return false
  const reached = new Set([0])
  for (let end = 1; end <= text.length; end++) {
    for (const start of reached) {
      if (!words.has(text.slice(start, end))) continue
      reached.add(end)
      break
    }
  }
  return reached.has(text.length)
}

function isWord(text: string): boolean {
  return text.length >= (/^[a-z]+$/.test(text) ? SHORTEST.latin : SHORTEST.other)
}
