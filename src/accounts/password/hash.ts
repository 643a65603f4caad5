import { hash, verify } from '@node-rs/argon2'
import pLimit from 'p-limit'
import { Invalid } from '../../http/errors.ts'
import { PASSWORD_LENGTH } from '../limits.ts'
import { normalizePassword } from './normalize.ts'

/** argon2id with OWASP's minimum parameters: 19 MiB, two passes; about 40 ms of one core. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** Concurrent hashes. A flood of sign-ins must not use every core and all memory. */
const hashQueue = pLimit(2)

/** Minimum guesses to find a password: as many as the rate limits allow an attacker in a few weeks. */
const MIN_GUESSES = 20_000
/** UTF-16 units of the longest password in any normalization form: one character has at most six in NFD. */
const MAX_UNITS = PASSWORD_LENGTH.most * 6
/** Longer passwords, in bytes, are not estimated: attackers guess short ones, and estimates of long ones are slow. */
const LONG_PASSWORD = 48

/**
 * Checks a password to set. Its length is counted in code points of the normalized password.
 * @param personalWords words about the user that an attacker would try first
 * @throws Invalid when the password is too short, too long, not a text or too easy to guess
 */
export async function checkPassword(typed: string, personalWords: readonly string[]): Promise<void> {
  if (typed.length > MAX_UNITS) throw new Invalid({ password: 'password_long' })
  const password = normalizePassword(typed)
  const length = [...password].length
  if (length < PASSWORD_LENGTH.least) throw new Invalid({ password: 'password_short' })
  if (length > PASSWORD_LENGTH.most) throw new Invalid({ password: 'password_long' })
  if (!password.isWellFormed() || /\p{Cc}/u.test(password)) throw new Invalid({ password: 'text' })
  const folded = password.toLowerCase()
  if (personalWords.some((word) => word.toLowerCase() === folded))
    throw new Invalid({ password: 'password_name' })
  if (
    Buffer.byteLength(password) < LONG_PASSWORD &&
    (await guessesFor(password, personalWords)) < MIN_GUESSES
  ) {
    throw new Invalid({ password: 'password_common' })
  }
}

/** Estimates an attacker's guesses with zxcvbn (Wheeler, USENIX Security 2016) and its list of breached passwords. */
async function guessesFor(password: string, personalWords: readonly string[]): Promise<number> {
  zxcvbn ??= loadZxcvbn()
  return (await zxcvbn).check(password, [...personalWords]).guesses
}

/** Loaded on demand, because the list of passwords would slow down the start. */
let zxcvbn: ReturnType<typeof loadZxcvbn> | undefined
async function loadZxcvbn() {
  const [{ ZxcvbnFactory }, { dictionary }] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
  ])
  return new ZxcvbnFactory({ dictionary })
}

export function hashPassword(password: string): Promise<string> {
  return hashQueue(() => hash(normalizePassword(password), COST))
}

/** Whether the password matches the hash. Without a hash, or with an empty one, returns false at the same cost. */
export async function verifyPassword(passwordHash: string | undefined, password: string): Promise<boolean> {
  if (password.length > MAX_UNITS) return false
  // Hashes of earlier versions are of the password as it was typed.
  for (const form of new Set([normalizePassword(password), password])) {
    const matches = await hashQueue(async () => verify(passwordHash || (await absentHash()), form))
    if (matches && passwordHash) return true
  }
  return false
}

/** A hash without a known password, so that unknown usernames cost the same time. */
let absent: Promise<string> | undefined
function absentHash(): Promise<string> {
  absent ??= hash(crypto.randomUUID(), COST)
  return absent
}
