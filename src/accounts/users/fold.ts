/**
 * Folds a text for search: removes case, accents, compatibility forms and invisible characters. Letters of one alphabet that
 * people type for each other become the same, as in "Lukasz" for Łukasz; all apostrophes and hyphens become `-`.
 */
export function fold(text: string): string {
  // Before NFKD, which turns some of these signs into spaces, and after it, which finds them in letters such as ŉ.
  const compatible = text
    .normalize('NFC')
    .replace(JOINING, '-')
    .replace(/\p{DI}/gu, '')
    .normalize('NFKD')
    .replace(JOINING, '-')
  // Maps ß and ẞ to the same text.
  const caseless = compatible.toLowerCase().toUpperCase().toLowerCase()
  // Hangul stays in letters, so that 처, typed on the way to 철, is found.
  return caseless
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(SIMILAR, (letter) => REPLACEMENTS.get(letter)!)
    .replace(/[ァ-ヶ]/g, (kana) => String.fromCharCode(kana.charCodeAt(0) - 0x60))
}

/** Apostrophes, hyphens, dashes and the signs typed for them, some of which are letters for Unicode. */
const JOINING = /[\p{Pd}'`´‘’‛′‵＇՚׳ʹ-˟Ꞌꞌ᾽᾿῾\xb7‧⁃−・･＝]/gu

/** Letters that do not decompose in Unicode, by what people type for them. */
const TYPED: Record<string, string> = {
  ...{
    ae: 'æ',
    oe: 'œ',
    th: 'þ',
    a: 'ɑ',
    b: 'ƀɓƃ',
    c: 'ƈȼ',
    d: 'đðɖɗƌ',
    e: 'əǝɛɇ',
    f: 'ƒ',
    g: 'ǥɠɣ',
    h: 'ħⱨ',
    i: 'ıɨɩ',
  },
  ...{
    j: 'ȷɉ',
    k: 'ĸƙⱪ',
    l: 'łƚⱡɫ',
    n: 'ŋɲɳƞ',
    o: 'øɔɵ',
    p: 'ƥᵽ',
    r: 'ɍɽ',
    s: 'ʂȿ',
    t: 'ŧƭʈⱦ',
    u: 'ʉʊ',
    v: 'ʋ',
    w: 'ⱳ',
  },
  ...{
    y: 'ƴɏ',
    z: 'ƶȥⱬʒ',
    σ: 'ς',
    г: 'ґғ',
    к: 'қҝ',
    н: 'ңҥ',
    о: 'ө',
    у: 'ұү',
    х: 'ҳ',
    ч: 'ҷҹ',
    и: 'і',
    е: 'є',
    ж: 'җ',
    з: 'ҙ',
    с: 'ҫ',
  },
  ...{ כ: 'ך', מ: 'ם', נ: 'ן', פ: 'ף', צ: 'ץ', ا: 'ٱ', ي: 'ىیے', ك: 'کڪ', ه: 'ةہھە', '': 'ـ' },
}
const REPLACEMENTS = new Map(
  Object.entries(TYPED).flatMap(([typed, letters]) => [...letters].map((letter) => [letter, typed] as const)),
)
const SIMILAR = new RegExp(`[${[...REPLACEMENTS.keys()].join('')}]`, 'gu')
