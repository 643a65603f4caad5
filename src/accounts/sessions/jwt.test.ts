import { afterEach, describe, expect, setSystemTime, test } from 'bun:test'
import { openTokens } from './session.ts'

afterEach(() => void setSystemTime())

describe('a token', () => {
  const [ours, former, foreign] = ['a', 'b', 'c'].map((letter) => letter.repeat(32)) as [
    string,
    string,
    string,
  ]
  const tokens = openTokens([ours, former])
  const open = async (token: string) => (await tokens.open(token))?.key ?? null
  const inAMinute = () => new Date(Date.now() + 60_000)

  test('is accepted repeatedly until it expires', async () => {
    const token = await tokens.sign(1, 'key', inAMinute())
    expect([await open(token), await open(token)]).toEqual(['key', 'key'])
    setSystemTime(Date.now() + 58_000)
    expect(await open(token)).toBe('key')
    setSystemTime(Date.now() + 3_000)
    expect(await open(token)).toBeNull()
  })

  test('does not affect the cached result of another token', async () => {
    const [one, other] = [
      await tokens.sign(1, 'one', inAMinute()),
      await tokens.sign(2, 'other', inAMinute()),
    ]
    for (const _ of [1, 2]) {
      expect([await open(one), await open(other)]).toEqual(['one', 'other'])
    }
    const [head, , signature] = one.split('.')
    expect(await open([head, other.split('.')[1], signature].join('.'))).toBeNull()
    expect(await open(one.slice(0, -2))).toBeNull()
  })

  test('is accepted with a previous secret, but not with an unknown one', async () => {
    const signedBy = (secret: string) => openTokens([secret]).sign(1, 'key', inAMinute())
    const [old, foreignToken] = [await signedBy(former), await signedBy(foreign)]
    for (const _ of [1, 2]) expect([await open(old), await open(foreignToken)]).toEqual(['key', null])
  })
})
