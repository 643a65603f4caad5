import type { Charged } from '../../process/charged.ts'
import { WorkQueue } from '../../process/work-queue.ts'
import { PASSWORD_LENGTH } from '../limits.ts'
import { normalizePassword } from './normalize.ts'

/** argon2id with OWASP's minimum parameters: 19 MiB, two passes; about 40 ms of one core. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

/** A flood of sign-ins must not use every core and all memory. A full lane waits for about a second. */
const hashQueue = new WorkQueue({ name: 'a password check', concurrency: 2, capacity: 50, retryAfter: 2 })

/** UTF-16 units of the longest password in any normalization form: one character has at most six in NFD. */
export const MAX_UNITS = PASSWORD_LENGTH.most * 6

/** Refuses early, before other work for a password check. @throws Unavailable when too many are waiting */
export function checkHashRoom(): void {
  hashQueue.checkRoom()
}

/**
 * @param charged by default that of the current request
 * @throws Unavailable when too many are waiting
 */
export function hashPassword(password: string, charged?: Charged): Promise<string> {
  return hashQueue.run(async () => (await argon2()).hash(normalizePassword(password), COST), {
    ...(charged && { charged }),
  })
}

/**
 * Whether the password matches the hash. Without a hash, or with an empty one, returns false at the same cost.
 * @throws Unavailable when too many are waiting; never after a check
 */
export async function verifyPassword(passwordHash: string | undefined, password: string): Promise<boolean> {
  if (password.length > MAX_UNITS) return false
  // Hashes of earlier versions are of the password as it was typed.
  const forms = new Set([normalizePassword(password), password])
  // One turn for both: an error between them would be a checked guess that does not count.
  return hashQueue.run(async () => {
    const { verify } = await argon2()
    for (const form of forms) {
      const matches = await verify(passwordHash || (await absentHash()), form)
      if (matches && passwordHash) return true
    }
    return false
  })
}

/** A hash without a known password, so that unknown usernames cost the same time. */
let absent: Promise<string> | undefined
function absentHash(): Promise<string> {
  absent ??= argon2().then(({ hash }) => hash(crypto.randomUUID(), COST))
  return absent
}

// Loaded on demand: it is native code, which not every runtime can load.
const argon2 = () => import('@node-rs/argon2')
