import { hash, verify } from '@node-rs/argon2'
import pLimit from 'p-limit'
import { Invalid } from '../errors.ts'

/** argon2id with OWASP's least parameters: 19 MiB, two passes; about 40 ms of one core. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** Hashes that run at once: a flood of sign-ins must not take every core and all memory. */
const atOnce = pLimit(2)

const SHORTEST = 8
const LONGEST = 200

/** @throws Invalid that says why people should not use this password */
export function checkPassword(password: string, username: string): void {
  const length = [...password].length
  if (length < SHORTEST) throw new Invalid({ password: 'password_short' })
  if (length > LONGEST) throw new Invalid({ password: 'password_long' })
  if (password.toLowerCase() === username.toLowerCase()) throw new Invalid({ password: 'password_username' })
  if (!password.isWellFormed()) throw new Invalid({ password: 'text' })
}

export function hashPassword(password: string): Promise<string> {
  return atOnce(() => hash(password, COST))
}

/** Whether the password is the one that was hashed. Without a hash it costs the same, and answers no. */
export async function verifyPassword(passwordHash: string | undefined, password: string): Promise<boolean> {
  if (password.length > LONGEST * 2) return false
  const matches = await atOnce(async () => verify(passwordHash ?? (await absentHash()), password))
  return matches && passwordHash !== undefined
}

/** The hash of nobody's password: who asks for an unknown name waits as long as for a known one. */
let absent: Promise<string> | undefined
function absentHash(): Promise<string> {
  absent ??= hash(crypto.randomUUID(), COST)
  return absent
}
