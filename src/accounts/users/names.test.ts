import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { nameWords, searchWords } from './names.ts'

const found = (search: string, displayName: string, username = 'user') => {
  const words = nameWords(username, displayName)
  return searchWords(search).every((typed) => words.some((word) => word.startsWith(typed)))
}
const graphemes = (text: string) => [...new Intl.Segmenter().segment(text)].map(({ segment }) => segment)

test('a user is found by the start of any word of their name, in any case', () => {
  const name = fc.string({ unit: 'grapheme', maxLength: 20 })
  fc.assert(
    fc.property(name, fc.nat(), fc.nat(), (name, at, length) => {
      const words = name.split(/\s+/).filter(Boolean)
      const letters = graphemes(words[at % words.length] ?? '')
      const start = letters.slice(0, 1 + (length % letters.length)).join('')
      for (const search of [start, start.toUpperCase(), start.toLowerCase(), start.normalize('NFD')]) {
        if (!found(search, name))
          throw new Error(`${JSON.stringify(search)} does not find ${JSON.stringify(name)}`)
      }
    }),
    { numRuns: 500 },
  )
})

test.each([
  ['lovelace', 'Ada Lovelace'],
  ['LOVE ad', 'Ada Lovelace'],
  ['jose', 'José Núñez'],
  ['JOSÉ nunez', 'José Núñez'],
  ['nún', 'Jose Nunez'],
  ['luc', 'Jean-Luc Picard'],
  ['jean-l', 'Jean-Luc Picard'],
  ['brien', "Conan O'Brien"],
  ["o'b", "Conan O'Brien"],
  ['李', '李小龙'],
  ['小龙', '李小龙'],
  ['さくら', '木村さくら'],
  ['김', '김철수'],
  ['สม', 'นายสมชาย'],
  ['МАРИЯ', 'Мария Йовкова'],
  ['йов', 'Мария Йовкова'],
  ['ὀδυσσεύς', 'ΟΔΥΣΣΕΥΣ'],
  ['ΟΔΟΣ', 'οδοστρωτήρας'],
  ['ａｄａ', 'Ada'],
  ['ada', 'Ａｄａ'],
  ['ﬁn', 'Finn'],
  ['istanbul', 'İstanbul'],
  ['grosse', 'Große'],
  ['strasse', 'STRASSE'],
  ['محمد', 'مُحَمَّد'],
  ['user', 'Somebody Else'],
])('%s finds %s', (search, name) => {
  expect(found(search, name)).toBe(true)
})

test.each([
  ['velace', 'Ada Lovelace'],
  ['ada byron', 'Ada Lovelace'],
  ['ser', 'Ada Lovelace'],
  ['王', '李小龙'],
  ['-', 'Jean-Luc'],
])('%s does not find %s', (search, name) => {
  expect(found(search, name)).toBe(false)
})

test('words are indexed and searched up to 80 characters, and names in unspaced scripts at each position', () => {
  expect(nameWords('user', 'x'.repeat(200)).toSorted()).toEqual(['user', 'x'.repeat(80)])
  expect(found('x'.repeat(200), 'x'.repeat(80))).toBe(true)
  expect(nameWords('user', '字'.repeat(80))).toHaveLength(81)
})

test('a search uses at most five words', () => {
  expect(searchWords(' a b  c d e f g ')).toEqual(['a', 'b', 'c', 'd', 'e'])
})
