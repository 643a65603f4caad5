import { randomInt } from 'node:crypto'
import { Secret, TOTP } from 'otpauth'
import { sha256 } from '../../database/hash.ts'

/** Validity of a code, in seconds. */
const PERIOD = 30

/** Without letters that look like digits (Crockford's base32). */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** Characters of a recovery code: 120 bits, enough for a fast hash (OWASP ASVS 5.0, 6.5.2). */
const LENGTH = 24
const CODES = 10

/** 160 random bits in base32, as long as RFC 4226 recommends. */
export function newSecret(): string {
  return new Secret({ size: 20 }).base32
}

/** The URI for the QR code that sets up an app. */
export function setupUri(secret: string, { issuer, username }: { issuer: string; username: string }): string {
  return new TOTP({ secret, issuer, label: username, period: PERIOD }).toString()
}

/** The time step of a six-digit code: the current one, the one before or the one after; null for a wrong code. */
export function stepOf(secret: string, code: string, now: Date): number | null {
  const timestamp = now.getTime()
  const delta = new TOTP({ secret, period: PERIOD }).validate({ token: code, timestamp, window: 1 })
  return delta === null ? null : Math.floor(timestamp / 1000 / PERIOD) + delta
}

/** Ten recovery codes, in groups of four characters. */
export function newRecoveryCodes(): string[] {
  return Array.from({ length: CODES }, () => {
    const characters = Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)])
    return characters.join('').replace(/.{4}(?=.)/g, '$&-')
  })
}

/** The hash of a recovery code. Ignores case, spaces and dashes, and accepts O for 0 and I or L for 1. */
export function hashRecoveryCode(code: string): string {
  const plain = code.toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1')
  return sha256(plain)
}
