import { describe, expect, test } from 'bun:test'
import { TooManyRequests, Unavailable } from '../../http/errors.ts'
import { openRateLimits } from '../../http/rate-limits.ts'
import { WrongCode } from '../two-factor/errors.ts'
import { WrongCredentials } from '../users/errors.ts'
import { SignInExpired } from './errors.ts'
import { countGuess, type GuessLimit } from './guesses.ts'

/** The limit of ten guesses, and guesses that end when they are told to. */
function openGuesses(whenRight: GuessLimit['whenRight']) {
  const limits = openRateLimits(null)
  const limit = { rule: 'signIn', key: crypto.randomUUID(), whenRight } as const
  const guess = (check: () => Promise<unknown> = async () => {}) => countGuess(limits, [limit], check)
  const fail = (error: Error) =>
    guess(async () => {
      throw error
    }).catch((thrown) => thrown)
  /** Guesses until the limit refuses one. */
  const left = async () => {
    for (let count = 0; ; count++)
      if ((await fail(new WrongCredentials())) instanceof TooManyRequests) return count
  }
  return { guess, fail, left }
}

describe('a guess', () => {
  test('counts when it is wrong, and not when it was not checked', async () => {
    const { fail, left } = openGuesses('refund')
    for (const error of [new WrongCredentials(), new WrongCode()]) expect(await fail(error)).toBe(error)
    for (const error of [new SignInExpired(), new Unavailable('full'), new Error('planted')])
      expect(await fail(error)).toBe(error)
    expect(await left()).toBe(8)
  })

  test.each([
    ['clear', 10],
    ['refund', 6],
    ['keep', 5],
  ] as const)('that is right after four wrong ones leaves, with %s, %d more', async (whenRight, more) => {
    const { guess, fail, left } = openGuesses(whenRight)
    for (let n = 0; n < 4; n++) await fail(new WrongCredentials())
    await guess()
    expect(await left()).toBe(more)
  })

  test('that is right does not forgive those that are checked at the same time', async () => {
    const { guess, left } = openGuesses('clear')
    const gate = Promise.withResolvers<void>()
    const checked = Array.from({ length: 7 }, () => guess(() => gate.promise))
    for (let n = 0; n < 5; n++) await guess()
    expect(await left()).toBe(3)
    gate.resolve()
    await Promise.all(checked)
    expect(await left()).toBe(10)
  })
})
