import { type FieldCode, Invalid } from '../http/errors.ts'
import { VISIBLE } from '../messages/limits.ts'

/**
 * Normalizes a name that a user gives to something: one line, without invisible characters, except those that a script or
 * an emoji needs. Source: RFC 8266 (nicknames), and RFC 5892 for joiners.
 * @param code the error code when it has more than `longest` characters (code points)
 * @returns an empty text when nothing was typed
 * @throws Invalid for `field`
 */
export function checkName(
  text: string,
  { field, longest, code }: { field: string; longest: number; code: FieldCode },
): string {
  // U+FEFF is a space in JavaScript only.
  const line = text.replace(/[^\S\ufeff]+/g, ' ')
  // Control characters, lone surrogates and direction overrides would disturb the text around the name.
  if (!line.isWellFormed() || /[\p{Cc}\u202A-\u202E\u2066-\u2069]/u.test(line)) {
    throw new Invalid({ [field]: 'text' })
  }
  const name = line
    .replace(NEEDLESS, '')
    .replace(/[\s\u2800]+/g, ' ')
    .trim()
  if (!/^ ?$/.test(line) && !hasLetter(name)) throw new Invalid({ [field]: 'invisible' })
  if ([...name].length > longest) throw new Invalid({ [field]: code })
  return name
}

/** As {@link checkName}, for the required field `name`. @throws Invalid */
export function checkLabel(text: string, limit: { longest: number; code: FieldCode }): string {
  const name = checkName(text, { field: 'name', ...limit })
  if (!name) throw new Invalid({ name: 'required' })
  return name
}

/** Whether a name shows anything by itself: a combining mark does not, nor what no font has. */
const hasLetter = (name: string) =>
  [...name].some(
    (character) => VISIBLE.test(character) && /[\p{L}\p{N}\p{P}\p{S}\p{ExtPict}]/u.test(character),
  )

/** Scripts whose letters are never joined: a joiner between them only makes two equal names differ. */
const UNJOINED = String.raw`\p{sc=Latin}\p{sc=Cyrillic}\p{sc=Greek}\p{sc=Armenian}\p{sc=Georgian}\p{sc=Hebrew}\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}`

/** Invisible characters, except joiners in words and emoji, variation selectors and the tags of flags. */
const NEEDLESS = new RegExp(
  [
    String.raw`(?!(?<=[\p{L}\p{M}])(?<![${UNJOINED}])[\u200c\u200d](?=[\p{L}\p{M}])`,
    String.raw`(?<=[\p{ExtPict}\p{EMod}\ufe0f])\u200d(?=\p{ExtPict})`,
    String.raw`(?<=[\p{Emoji}\p{sc=Han}\p{sc=Mongolian}\p{sc=Myanmar}])[\ufe00-\ufe0f\u{e0100}-\u{e01ef}\u180b-\u180f]`,
    String.raw`(?<=\u{1f3f4}[\u{e0020}-\u{e007f}]*)[\u{e0020}-\u{e007f}])\p{DI}`,
  ].join('|'),
  'gu',
)
