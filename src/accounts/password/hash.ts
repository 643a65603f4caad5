import { hash, verify } from '@node-rs/argon2'
import pLimit from 'p-limit'
import { Invalid } from '../../http/errors.ts'

/** argon2id with OWASP's least parameters: 19 MiB, two passes; about 40 ms of one core. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** Hashes that run at once: a flood of sign-ins must not take every core and all memory. */
const atOnce = pLimit(2)

const MIN_LENGTH = 8
const MAX_LENGTH = 200

/** Tries within which nobody should guess a password: what the limits let a patient attacker have in a few weeks. */
const GUESSES_NEEDED = 20_000
/** Bytes from which a password is not looked at for that: attackers try short ones, and looking takes ever longer. */
const LONG_PASSWORD = 48

/**
 * @param about what others know of the person: such words are the first to be tried
 * @throws Invalid that says why people should not use this password
 */
export async function checkPassword(password: string, about: readonly string[]): Promise<void> {
  const length = [...password].length
  if (length < MIN_LENGTH) throw new Invalid({ password: 'password_short' })
  if (length > MAX_LENGTH) throw new Invalid({ password: 'password_long' })
  if (!password.isWellFormed()) throw new Invalid({ password: 'text' })
  const folded = password.toLowerCase()
  if (about.some((word) => word.toLowerCase() === folded)) throw new Invalid({ password: 'password_name' })
  if (Buffer.byteLength(password) < LONG_PASSWORD && (await guessesFor(password, about)) < GUESSES_NEEDED) {
    throw new Invalid({ password: 'password_common' })
  }
}

/** By zxcvbn (Wheeler, USENIX Security 2016) and its list of breached passwords: an estimate of an attacker's tries. */
async function guessesFor(password: string, about: readonly string[]): Promise<number> {
  zxcvbn ??= loadZxcvbn()
  return (await zxcvbn).check(password, [...about]).guesses
}

/** Loaded when used: nobody starts the server to wait for a list of passwords. */
let zxcvbn: ReturnType<typeof loadZxcvbn> | undefined
async function loadZxcvbn() {
  const [{ ZxcvbnFactory }, { dictionary }] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
  ])
  return new ZxcvbnFactory({ dictionary })
}

export function hashPassword(password: string): Promise<string> {
  return atOnce(() => hash(password, COST))
}

/** Whether the password is the one that was hashed. Without a hash it costs the same, and answers no. */
export async function verifyPassword(passwordHash: string | undefined, password: string): Promise<boolean> {
  if (password.length > MAX_LENGTH * 2) return false
  const matches = await atOnce(async () => verify(passwordHash ?? (await absentHash()), password))
  return matches && passwordHash !== undefined
}

/** The hash of nobody's password: who asks for an unknown name waits as long as for a known one. */
let absent: Promise<string> | undefined
function absentHash(): Promise<string> {
  absent ??= hash(crypto.randomUUID(), COST)
  return absent
}
