/** Scripts of living languages, by their Unicode names. */
export const SCRIPTS = [
  'Latin',
  'Cyrillic',
  'Greek',
  'Armenian',
  'Georgian',
  'Hebrew',
  'Arabic',
  'Syriac',
  'Thaana',
  'Nko',
  'Devanagari',
  'Bengali',
  'Gurmukhi',
  'Gujarati',
  'Oriya',
  'Tamil',
  'Telugu',
  'Kannada',
  'Malayalam',
  'Sinhala',
  'Thai',
  'Lao',
  'Tibetan',
  'Myanmar',
  'Khmer',
  'Ethiopic',
  'Cherokee',
  'Mongolian',
  'Hangul',
  'Hiragana',
  'Katakana',
  'Han',
  'Bopomofo',
  'Yi',
  'Tifinagh',
  'Adlam',
] as const
export type Script = (typeof SCRIPTS)[number]

const alphabets = new Map<string, string[]>()

/** Returns a random word: letters of the script, each with a mark of it now and then. */
export function wordIn(script: Script, random: () => number): string {
  const letters = charactersOf(script, 'L')
  const marks = charactersOf(script, 'M')
  const pick = (from: string[]) => from[Math.floor(random() * from.length)]!
  let word = ''
  for (let left = 2 + Math.floor(random() * 4); left > 0; left--) {
    word += pick(letters)
    if (marks.length > 0 && random() < 0.3) word += pick(marks)
  }
  return word.normalize('NFC')
}

/** The first two planes, without surrogates and without the parts of Hangul syllables, which are no letters by themselves. */
const CHARACTERS = Array.from({ length: 0x2_0000 }, (_, code) => String.fromCodePoint(code))
  .filter(
    (character) => character.isWellFormed() && !/[\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff]/.test(character),
  )
  .join('')

/** Visible characters of a script and a general category. */
function charactersOf(script: Script, category: 'L' | 'M'): string[] {
  const key = `${script} ${category}`
  let found = alphabets.get(key)
  if (!found) {
    const wanted = new RegExp(`(?!\\p{DI})(?=\\p{Script=${script}})\\p{${category}}`, 'gu')
    found = CHARACTERS.match(wanted) ?? []
    alphabets.set(key, found)
  }
  return found
}
