import { Invalid } from '../../http/errors.ts'
import type { RateLimitRule, RateLimits } from '../../http/rate-limits.ts'
import type { Client } from '../../http/request-context.ts'
import { networksOf } from '../../process/network-key.ts'

/** A limit that a guess counts for, and what happens to its count when the guess was right. */
export type GuessLimit = { rule: RateLimitRule; key: string; whenRight: 'clear' | 'refund' }

/**
 * The limits of a password: those of the device if it is known to the account, which strangers cannot use up. Otherwise the
 * network's, and the account's for all unknown devices together.
 */
export function passwordLimits({ address, device }: Client, username: string): GuessLimit[] {
  const name = username.toLowerCase().slice(0, 64)
  if (device?.knows(username))
    return [{ rule: 'signInDevice', key: `${device.id} ${name}`, whenRight: 'clear' }]
  return [
    { rule: 'signInNetwork', key: address, whenRight: 'refund' },
    { rule: 'signIn', key: `${name} ${networksOf(address).near}`, whenRight: 'clear' },
    { rule: 'signInName', key: name, whenRight: 'refund' },
  ]
}

/** The limit of a code after the password: one of the device if it is known to the account, otherwise the account's. */
export function codeLimit(
  { device }: Client,
  { id, username }: { id: number; username: string },
): GuessLimit {
  const key = device?.knows(username) ? `${id} ${device.id}` : String(id)
  return { rule: 'code', key, whenRight: 'clear' }
}

/** The key of limits on other ways to sign in: the device if it is known to any account, otherwise the network. */
export function deviceKey({ address, device }: Client): string {
  return device ? `device ${device.id}` : address
}

/**
 * Counts a guess and checks it. Only a wrong one stays counted: not a right one, nor one that could not be checked.
 * @throws TooManyRequests when a limit is reached, without the check
 */
export async function countGuess<T>(
  limits: RateLimits,
  counted: readonly GuessLimit[],
  check: () => Promise<T>,
): Promise<T> {
  const taken: GuessLimit[] = []
  try {
    for (const limit of counted) {
      await limits.take(limit.rule, limit.key)
      taken.push(limit)
    }
    const result = await check()
    await Promise.all(taken.map(({ rule, key, whenRight }) => limits[whenRight](rule, key)))
    return result
  } catch (error) {
    const isWrong = error instanceof Invalid && taken.length === counted.length
    if (!isWrong) await Promise.all(taken.map(({ rule, key }) => limits.refund(rule, key)))
    throw error
  }
}
