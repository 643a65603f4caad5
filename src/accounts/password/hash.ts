import { hash, verify } from '@node-rs/argon2'
import pLimit from 'p-limit'
import { PASSWORD_LENGTH } from '../limits.ts'
import { normalizePassword } from './normalize.ts'

/** argon2id with OWASP's minimum parameters: 19 MiB, two passes; about 40 ms of one core. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** Concurrent hashes. A flood of sign-ins must not use every core and all memory. */
const hashQueue = pLimit(2)

/** UTF-16 units of the longest password in any normalization form: one character has at most six in NFD. */
export const MAX_UNITS = PASSWORD_LENGTH.most * 6

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
