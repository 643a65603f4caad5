import { describe, expect, test } from 'bun:test'
import { chooseEncoding, matchesEtag } from './negotiation.ts'

const requestWith = (name: string, value: string | null) =>
  new Request('http://localhost', { headers: value === null ? {} : { [name]: value } })

describe('the encoding of a response', () => {
  test.each([
    ['gzip, deflate, br', 'br'],
    ['gzip;q=1, br;q=0.5', 'gzip'],
    ['br;q=0, gzip', 'gzip'],
    ['br;q=0, gzip;q=0', 'identity'],
    ['BR', 'br'],
    ['*', 'br'],
    ['*;q=0', 'identity'],
    ['br, *;q=0', 'br'],
    ['brotli', 'identity'],
    ['zstd', 'identity'],
    ['', 'identity'],
    [null, 'identity'],
  ])('for Accept-Encoding %p is %s', (accepted, encoding) => {
    expect(chooseEncoding(requestWith('accept-encoding', accepted), ['br', 'gzip', 'identity'])).toBe(
      encoding as 'br',
    )
  })

  test('is one of the available encodings', () => {
    expect(chooseEncoding(requestWith('accept-encoding', 'br, gzip'), ['gzip', 'identity'])).toBe('gzip')
    expect(chooseEncoding(requestWith('accept-encoding', 'br, gzip'), ['identity'])).toBe('identity')
  })
})

describe('the entity tag "abc"', () => {
  test.each([
    ['"abc"', true],
    ['W/"abc"', true],
    ['"x", W/"abc", "y"', true],
    ['"x","abc"', true],
    ['*', true],
    ['"xabcy"', false],
    ['abc', false],
    ['"ab"', false],
    ['"ABC"', false],
    ['', false],
    [null, false],
  ])('and If-None-Match %p match: %p', (condition, expected) => {
    expect(matchesEtag(requestWith('if-none-match', condition), '"abc"')).toBe(expected)
  })
})
