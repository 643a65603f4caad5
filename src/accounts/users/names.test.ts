import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { seeded } from '../../../test/support/random.ts'
import { SCRIPTS, wordIn } from '../../../test/support/scripts.ts'
import { fold } from './fold.ts'
import { isUsername, nameWords, searchWords, typedUsername } from './names.ts'

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

test('a character is folded like its other case, its decomposition and its folded form', () => {
  const unlike: string[] = []
  for (let code = 0; code < 0x110000; code++) {
    if (code >= 0xd800 && code < 0xe000) continue
    const character = String.fromCodePoint(code)
    const forms = [character.toUpperCase(), character.toLowerCase(), character.normalize('NFD')]
    if (forms.every((form) => form === character) && character.normalize('NFKD') === character) continue
    const folded = fold(character)
    if ([...forms, folded].some((form) => fold(form) !== folded)) unlike.push(character)
  }
  expect(unlike).toEqual([])
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
  ['lukasz', 'Łukasz'],
  ['ŁUKASZ', 'Lukasz'],
  ['soren', 'Søren Kierkegaard'],
  ['sören', 'Søren Kierkegaard'],
  ['aeroe', 'Ærø'.replace('ø', 'œ')],
  ['aero', 'Ærø'],
  ['thor', 'Þór'],
  ['dordevic', 'Đorđević'],
  ['isik', 'Işık'],
  ['IŞIK', 'Işık'],
  ['ışık', 'ISIK'],
  ['eliyev', 'Əliyev'],
  ['ŋutu', 'Nutu'],
  ['ＳＯＲＥＮ', 'Søren'],
  ['gross', 'GROẞ'],
  ['obrien', 'Conan O’Brien'],
  ['o brien', 'Conan O’Brien'],
  ['jeanluc', 'Jean‐Luc'],
  ['jean', '\u200bJ\u200bean'],
  ['철수', '김철수'],
  ['김처', '김철수'],
  ['수', '김철수'],
  ['ສົມ', 'ທ້າວສົມສັກ'],
  ['សុខ', 'ហ៊ុនសុខ'],
  ['အောင်', 'ဇော်အောင်'],
  ['ชาย', 'สมชาย'],
  ['ཚེ་རིང', 'བསོད་ནམས་ཚེ་རིང'],
  ['サクラ', '木村さくら'],
  ['さくら', '木村サクラ'],
  ['ｻｸﾗ', '木村さくら'],
  ['ジャンリュック', 'ジャン＝リュック'],
  ['リュック', 'ジャン・リュック'],
  ['میخواهد', 'می\u200cخواهد'],
  ['احمد', 'أحمد'],
  ['علي', 'علی'],
  ['كريم', 'کریم'],
  ['فاطمه', 'فاطمة'],
  ['иван', 'Іван'],
  ['@ada', 'Ada'],
])('%s finds %s', (search, name) => {
  expect(found(search, name)).toBe(true)
})

/** All apostrophes, hyphens and dashes of Unicode, and the signs that keyboards offer for them. */
const JOINING = Array.from({ length: 0x1_0000 }, (_, code) => String.fromCharCode(code)).filter((sign) =>
  /[\p{Pd}'`´ʹ-ʿˈ՚׳‘’‛′‵＇᾽᾿Ꞌꞌ\u2212\u2043\u2027\u00b7\u30fb]/u.test(sign),
)

test('apostrophes, hyphens and dashes of all kinds are the same, and can be left out', () => {
  expect(JOINING.length).toBeGreaterThan(50)
  for (const sign of JOINING) {
    for (const other of ["'", '-', '', ' ', sign]) {
      expect([sign, other, found(`o${other}brien`, `Conan O${sign}Brien`)]).toEqual([sign, other, true])
    }
    expect([sign, found('brien', `O${sign}Brien`), found('rien', `O${sign}Brien`)]).toEqual([
      sign,
      true,
      false,
    ])
  }
})

test.each(SCRIPTS)('a name is found by each word, without accents and in any case: %s', (script) => {
  const random = seeded(SCRIPTS.indexOf(script))
  for (let left = 30; left > 0; left--) {
    const [given, family] = [wordIn(script, random), wordIn(script, random)]
    const plain = family.normalize('NFKD').replace(/(?!\u0345)\p{M}/gu, '')
    for (const search of [
      given,
      family,
      plain,
      `${family} ${given}`,
      family.toUpperCase(),
      family.toLowerCase(),
    ])
      expect([search, given, family, found(search, `${given} ${family}`)]).toEqual([
        search,
        given,
        family,
        true,
      ])
    if (UNSPACED_SCRIPTS.includes(script))
      expect([given, family, found(family, given + family)]).toEqual([given, family, true])
  }
})

/** Scripts whose people write their names without spaces. */
const UNSPACED_SCRIPTS: string[] = [
  'Han',
  'Hiragana',
  'Katakana',
  'Hangul',
  'Yi',
  'Thai',
  'Lao',
  'Khmer',
  'Myanmar',
  'Tibetan',
]

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
  for (const name of [
    '\u3300'.repeat(80),
    '\ufdfa'.repeat(80),
    '김'.repeat(80),
    '字-'.repeat(40),
    'a '.repeat(40),
  ])
    expect(nameWords('user', name).length).toBeLessThanOrEqual(100)
  // Each of these signs stands for several letters.
  for (const sign of ['\u3300', '\u3316', '\ufdfa', '\u33ff', 'ำ', '株。'])
    expect(nameWords('user', sign.repeat(80)).length).toBeLessThanOrEqual(100)
})

test('the @ of a username is not part of a search', () => {
  expect(searchWords('@ada  ＠grace @ @@')).toEqual(['ada', 'grace'])
})

test.each([
  'Formada ',
  ' Formada',
  '@Formada',
  ' @ Formada\u3000',
  '＠Formada',
  'Ｆｏｒｍａｄａ',
  '\u200eFormada\u200b',
  '\ufeffFormada\u00a0\r\n',
])('%j is typed for the username Formada', (typed) => {
  expect(typedUsername(typed)).toBe('Formada')
})

test.each(['', '@', '@@ada', 'a da', 'ada\0', `ada${' '.repeat(60_000)}x`])('%j is no username', (typed) => {
  expect(isUsername(typedUsername(typed))).toBe(false)
})

test('a search uses at most five words', () => {
  expect(searchWords(' a b  c d e f g ')).toEqual(['a', 'b', 'c', 'd', 'e'])
})
