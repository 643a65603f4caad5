import { expect, test } from 'bun:test'
import { seeded } from '../../test/support/random.ts'
import { SCRIPTS, wordIn } from '../../test/support/scripts.ts'
import { findLinks } from './links.ts'

const hrefs = (text: string) => findLinks(text).map(({ href }) => href)

test.each(SCRIPTS.filter((script) => script !== 'Latin'))(
  'an address is linked between words without spaces: %s',
  (script) => {
    const random = seeded(SCRIPTS.indexOf(script))
    const word = () => wordIn(script, random)
    for (let left = 30; left > 0; left--) {
      const cases: [string, string[]][] = [
        [`${word()}https://example.org${word()}`, ['https://example.org']],
        [`${word()}https://example.org/a?b=c${word()}`, ['https://example.org/a?b=c']],
        [`${word()}www.example.org${word()}`, ['https://www.example.org']],
        [`${word()}ada.b+c@example.org${word()}`, ['mailto:ada.b+c@example.org']],
        [
          `${word()}https://example.org${word()}ada@example.org${word()}`,
          ['https://example.org', 'mailto:ada@example.org'],
        ],
      ]
      for (const [text, expected] of cases) expect([text, ...hrefs(text)]).toEqual([text, ...expected])
    }
  },
)

test.each(SCRIPTS)('hosts, mailboxes and paths can be written in any script: %s', (script) => {
  const random = seeded(SCRIPTS.indexOf(script))
  for (let left = 30; left > 0; left--) {
    const [name, top, path] = [wordIn(script, random), wordIn(script, random), wordIn(script, random)]
    const mailbox = `${name}@${name}.${top}`
    expect(hrefs(`(${mailbox})`)).toEqual([`mailto:${mailbox}`])
    const path1 = `https://example.org/${path}/${name}_${top}?q=${path}`
    expect(hrefs(`“${path1}”.`)).toEqual([path1])
    const url = `https://${name}.${top}/a`
    if (URL.canParse(url)) expect(hrefs(`${url}, ${url}`)).toEqual([url, url])
  }
})

test('no closing or final sign of any script is part of an address', () => {
  const signs = Array.from({ length: 0x1_0000 }, (_, code) => String.fromCharCode(code)).filter((sign) =>
    /[\p{Pe}\p{Pf}\p{Pi}\p{Terminal_Punctuation}]/u.test(sign),
  )
  expect(signs.length).toBeGreaterThan(200)
  for (const sign of signs) {
    for (const address of ['https://example.org', 'https://example.org/a', 'https://example.org/你']) {
      expect([sign, ...hrefs(`${address}${sign}`)]).toEqual([sign, address])
      expect([sign, ...hrefs(`${address}${sign} x`)]).toEqual([sign, address])
    }
    expect([sign, ...hrefs(`ada@example.org${sign}`)]).toEqual([sign, 'mailto:ada@example.org'])
  }
})

test.each([
  ['联系我123@example.org', ['mailto:123@example.org']],
  ['почта2@example.org', ['mailto:почта2@example.org']],
  ["o'brien@example.org", ["mailto:o'brien@example.org"]],
  ["'ada@example.org'", ['mailto:ada@example.org']],
  ['_ada@example.org_', ['mailto:ada@example.org']],
  ['**ada@example.org**', ['mailto:ada@example.org']],
  ['write...ada@example.org', ['mailto:ada@example.org']],
  ['ada@example.xn--p1ai', ['mailto:ada@example.xn--p1ai']],
  ['josé@example.org', ['mailto:josé@example.org']],
  ['jose\u0301@example.org', ['mailto:jose\u0301@example.org']],
  ['ada/b%c@example.org', ['mailto:ada%2Fb%25c@example.org']],
  ["ada@example.org's", ['mailto:ada@example.org']],
  ['ada@example.org,bob@example.org', ['mailto:ada@example.org', 'mailto:bob@example.org']],
])('a mailbox is linked as a whole: %s', (text, links) => {
  expect(hrefs(text)).toEqual(links)
})

test.each([
  'ada..b@example.org',
  '.ada@example.org',
  'ada.@example.org',
  '"ada"@example.org',
  `${'a'.repeat(65)}@example.org`,
  'ada@example.org-b',
  'ada@example.org_b',
  'ada@example.org1',
  'ada@example.c',
  'ada@-example.org',
  'ada@exam_ple.org',
  'ada@example.org@example.com',
  'ada@127.0.0.1',
  '@ada@example.org',
])('no part of what is not a mailbox is linked: %s', (text) => {
  expect(hrefs(text)).toEqual([])
})

test.each([
  ['‘https://example.org/a’', ['https://example.org/a']],
  ["'https://example.org/a',", ['https://example.org/a']],
  ["https://example.org's", ['https://example.org']],
  ['https://example.org/a’s', ['https://example.org/a']],
  ['https://example.org/a…', ['https://example.org/a']],
  ['https://example.org/a—so', ['https://example.org/a']],
  ['https://example.org/a→b', ['https://example.org/a']],
  ['https://example.org/a👍', ['https://example.org/a']],
  ['`https://example.org/a`', ['https://example.org/a']],
  ['_https://example.org/a_', ['https://example.org/a']],
  ['[x](https://example.org/a)', ['https://example.org/a']],
  ['https://example.org/a,https://example.org/b', ['https://example.org/a', 'https://example.org/b']],
  ["https://en.wikipedia.org/wiki/Hobson's_choice", ["https://en.wikipedia.org/wiki/Hobson's_choice"]],
  ['https://en.wikipedia.org/wiki/Cauchy–Schwarz', ['https://en.wikipedia.org/wiki/Cauchy–Schwarz']],
  ['https://ja.wikipedia.org/wiki/ジョン・スミス', ['https://ja.wikipedia.org/wiki/ジョン・スミス']],
  ["https://uk.wikipedia.org/wiki/П'ять", ["https://uk.wikipedia.org/wiki/П'ять"]],
  ['https://fa.wikipedia.org/wiki/می\u200cخواهم', ['https://fa.wikipedia.org/wiki/می\u200cخواهم']],
  ['https://example.org/@ada@example.com', ['https://example.org/@ada@example.com']],
  ['https://JR東日本.jp', ['https://JR東日本.jp']],
  ['http://[::1]:3000/a', ['http://[::1]:3000/a']],
  ['http://localhost:3000/a', ['http://localhost:3000/a']],
  ['https://example.org:8443?b=%20#e', ['https://example.org:8443?b=%20#e']],
])('a web address ends where the sentence goes on: %s', (text, links) => {
  expect(hrefs(text)).toEqual(links)
})

test.each([
  ['a script that imitates Latin letters', 'https://аррle.com'],
  ['a username that looks like a host', 'https://bank.example@evil.example/'],
  ['a username with a password', 'https://user:pass@example.org'],
  ['an invisible character in the host', 'https://exa\u200bmple.org'],
  ['no host', '请以https://开头'],
  ['a part of a word', 'seehttps://example.org'],
])('a web address with %s is not linked: %s', (_, text) => {
  expect(hrefs(text)).toEqual([])
})

test('the search is linear for any text of a message', () => {
  const parts = [
    '@',
    'x@',
    'a.',
    'https://',
    'https://я',
    'www.',
    'https://a.b@',
    '请',
    '/请a',
    '/)',
    '._',
    '-',
  ]
  const texts = parts.flatMap((one) => parts.map((other) => one.repeat(500) + other.repeat(500)))
  const startedAt = performance.now()
  for (const text of texts) findLinks(text)
  expect(performance.now() - startedAt).toBeLessThan(60_000)
})
