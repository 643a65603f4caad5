import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { renderToString } from 'preact-render-to-string'
import { isEmojiOnly, RichText } from './rich-text.tsx'

const html = (text: string) => renderToString(<RichText text={text} />)
const hrefs = (text: string) => [...html(text).matchAll(/href="([^"]*)"/g)].map(([, href]) => href!)

test('web and mail addresses become links without a referrer', () => {
  expect(html('see https://example.org/a?b=1#c')).toBe(
    'see <a href="https://example.org/a?b=1#c" target="_blank" rel="noopener noreferrer nofollow ugc">https://example.org/a?b=1#c</a>',
  )
  expect(hrefs('www.example.org or ada@example.org or mailto:bob@example.org')).toEqual([
    'https://www.example.org',
    'mailto:ada@example.org',
    'mailto:bob@example.org',
  ])
})

test.each([
  ['https://example.org.', 'https://example.org'],
  ['(https://example.org/a)', 'https://example.org/a'],
  ['https://en.wikipedia.org/wiki/Bus_(computing)', 'https://en.wikipedia.org/wiki/Bus_(computing)'],
  ['“https://example.org”, he said', 'https://example.org'],
  ['看 https://example.org/路径，然后', 'https://example.org/路径'],
  ['<https://example.org>', 'https://example.org'],
])('the sentence around an address is not part of it: %s', (text, href) => {
  expect(hrefs(text)).toEqual([href])
})

test.each([
  'javascript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'vbscript:x',
  'file:///etc/passwd',
  'ftp://example.org',
  '//example.org',
  'https://',
  'https://bank.example@evil.example/',
  'main.rs, build.sh and README.md',
  '2@3 and a@b',
])('stays text: %s', (text) => {
  expect(hrefs(text)).toEqual([])
})

test.each(['a\rb', 'a\r\nb', 'a\nb'])('a line break of any system is one line break: %j', (text) => {
  expect(html(text)).toBe('a\nb')
})

test('markup in a message is shown as typed', () => {
  expect(html('<b hx-get="/x">&amp;</b>')).toBe('&lt;b hx-get=&quot;/x&quot;>&amp;amp;&lt;/b>')
})

test('any text is shown completely, and every link is http, https or mailto', () => {
  const words = fc.constantFrom(
    'https://',
    'www.',
    'a@b.cd',
    'javascript:',
    '(',
    ')',
    '.',
    ' ',
    '<',
    '"',
    '，',
    '\u202e',
  )
  fc.assert(
    fc.property(fc.array(fc.oneof(words, fc.string({ unit: 'grapheme' }))), (parts) => {
      const text = parts.join('')
      const page = html(text)
      const shown = page
        .replace(/<\/?a\b[^>]*>/g, '')
        .replaceAll('&lt;', '<')
        .replaceAll('&quot;', '"')
        .replaceAll('&amp;', '&')
      expect(shown).toBe(text.replace(/\r\n?/g, '\n'))
      for (const href of hrefs(text)) expect(href).toMatch(/^(https?:\/\/|mailto:)/i)
    }),
  )
})

test('a message of only a few emoji is shown larger', () => {
  expect(['👍', '🎉 🎉', '👩‍👩‍👧‍👦', '🇨🇳❤️', '👍🏽'].filter(isEmojiOnly)).toHaveLength(5)
  expect(['', 'ok 👍', '1', '👍'.repeat(20)].filter(isEmojiOnly)).toEqual([])
})
