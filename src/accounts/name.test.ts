import { expect, test } from 'bun:test'
import { seeded } from '../../test/support/random.ts'
import { SCRIPTS, wordIn } from '../../test/support/scripts.ts'
import { Invalid } from '../http/errors.ts'
import { checkName } from './name.ts'

const checked = (text: string) => checkName(text, { field: 'name', longest: 80, code: 'display_name_long' })
const refusal = (text: string) => {
  try {
    return checked(text)
  } catch (error) {
    if (error instanceof Invalid) return error.fields
    throw error
  }
}

/** All characters that Unicode calls ignorable by default, and blanks. */
const INVISIBLE = Array.from({ length: 0xe_1000 }, (_, code) => String.fromCodePoint(code)).filter(
  (character) =>
    character.isWellFormed() &&
    /[\p{DI}\u2800\u{1d159}]/u.test(character) &&
    !/[\u202a-\u202e\u2066-\u2069]/.test(character),
)

test('a name of invisible characters only is refused', () => {
  expect(INVISIBLE.length).toBeGreaterThan(4000)
  for (const character of INVISIBLE) {
    expect([character.codePointAt(0), refusal(character)]).toEqual([
      character.codePointAt(0),
      { name: 'invisible' },
    ])
    expect(refusal(`${character} ${character}`)).toEqual({ name: 'invisible' })
  }
  for (const text of ['\u0301', '\u0301\u200d\u0301', '\ue000', '\ufff9'])
    expect(refusal(text)).toEqual({ name: 'invisible' })
  expect(checked('  ')).toBe('')
})

test('invisible characters are removed from a name, so that it equals the name that a reader sees', () => {
  for (const character of INVISIBLE) {
    if (character === '\u{1d159}' || character === '\u2800') continue
    expect([character.codePointAt(0), checked(`${character}Ad${character}a${character}`)]).toEqual([
      character.codePointAt(0),
      'Ada',
    ])
  }
  expect(checked('\u2800Ada\u2800\u2800L\u2800')).toBe('Ada L')
})

test.each([
  ['Persian', 'پریسا می\u200cخواهد'],
  ['Bengali', 'র\u200d্যাব'],
  ['Devanagari', 'क्\u200dष'],
  ['emoji of several people', '👩🏽\u200d🚀 Ada 👨\u200d👩\u200d👧'],
  ['emoji style', '❤\ufe0f Ada 1\ufe0f\u20e3'],
  ['flag of a region', '🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}'],
  ['variant of a Han character', '葛\u{e0100}城'],
  ['Braille', '⠁⠙⠁'],
  ['punctuation', '.'],
])('a name keeps what its script or emoji needs: %s', (_, name) => {
  expect(checked(name)).toBe(name)
})

test.each(SCRIPTS)('a name can be written in any script: %s', (script) => {
  const random = seeded(SCRIPTS.indexOf(script))
  for (let left = 50; left > 0; left--) {
    const name = `${wordIn(script, random)} ${wordIn(script, random)}`
    expect(checked(` ${name}\n`)).toBe(name)
  }
})
