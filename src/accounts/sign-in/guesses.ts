import type { Counted, RateLimits } from '../../http/rate-limits.ts'
import type { Client } from '../../http/request-context.ts'
import { chargedKey } from '../../process/charged.ts'
import { networksOf } from '../../process/network-key.ts'
import { refundAll, takeAll } from '../../process/take-limits.ts'
import { WrongPasskey } from '../passkeys/errors.ts'
import { WrongCode } from '../two-factor/errors.ts'
import { WrongCredentials } from '../users/errors.ts'

/** A limit that a guess counts for, and what happens to its count when the guess was right: nothing with `keep`. */
export type GuessLimit = Counted & { whenRight: 'clear' | 'refund' | 'keep' }

/** The limit of all password checks of the current request's user, known device or network. */
export function passwordCheckLimit(): GuessLimit {
  return { rule: 'passwordCheck', key: chargedKey().key, whenRight: 'keep' }
}

/**
 * The limits of a password: those of the device if it is known to the account, which strangers cannot use up. Otherwise the
 * network's, and the account's for all unknown devices together.
 */
export function passwordLimits(client: Client, username: string): GuessLimit[] {
  const name = username.toLowerCase().slice(0, 64)
  const device = client.devices.find((device) => device.knows(username))
  if (device)
    return [passwordCheckLimit(), { rule: 'signInDevice', key: `${device.id} ${name}`, whenRight: 'clear' }]
  const { address } = client
  return [
    passwordCheckLimit(),
    { rule: 'signInNetwork', key: address, whenRight: 'refund' },
    { rule: 'signIn', key: `${name} ${networksOf(address).near}`, whenRight: 'clear' },
    { rule: 'signInName', key: name, whenRight: 'refund' },
  ]
}

/**
 * The limit of a code after the password: one of the device if the account has signed in there, otherwise the account's. A reset
 * of the password is not enough: the holder of a mailbox could get any number of devices.
 */
export function codeLimit(client: Client, { id, username }: { id: number; username: string }): GuessLimit {
  const device = client.devices.find((device) => device.hasSignedIn(username))
  return { rule: 'code', key: device ? `${id} ${device.id}` : String(id), whenRight: 'clear' }
}

/** The limit of a code in a session. */
export function sessionCodeLimit({ id, session }: { id: number; session: { id: number } }): GuessLimit {
  return { rule: 'code', key: `${id} session ${session.id}`, whenRight: 'clear' }
}

/** The errors of wrong guesses. */
const WRONG = [WrongCredentials, WrongCode, WrongPasskey]

/** Whether the error means that a password, code or passkey was checked and is wrong. */
export function isWrongGuess(error: unknown): error is WrongCredentials | WrongCode | WrongPasskey {
  return WRONG.some((kind) => error instanceof kind)
}

/** The guesses that this process is checking, by limit. */
const running = new Map<string, number>()

/**
 * Counts a guess and checks it. A wrong one stays counted. One that could not be checked counts nowhere. A right one forgives
 * earlier ones, but none that are being checked at the same time.
 * @throws TooManyRequests when a limit is reached, without the check
 */
export async function countGuess<T>(
  limits: RateLimits,
  counted: readonly GuessLimit[],
  check: () => Promise<T>,
): Promise<T> {
  await takeAll(limits, counted)
  noteRunning(counted, 1)
  let result: T
  try {
    result = await check()
  } catch (error) {
    noteRunning(counted, -1)
    if (!isWrongGuess(error)) await refundAll(limits, counted)
    throw error
  }
  noteRunning(counted, -1)
  for (const { rule, key, whenRight } of counted) {
    if (whenRight === 'refund') await limits.refund(rule, key)
    if (whenRight === 'clear') await limits.clear(rule, key, running.get(`${rule} ${key}`))
  }
  return result
}

function noteRunning(counted: readonly Counted[], change: 1 | -1): void {
  for (const { rule, key } of counted) {
    const name = `${rule} ${key}`
    const count = (running.get(name) ?? 0) + change
    if (count === 0) running.delete(name)
    else running.set(name, count)
  }
}
