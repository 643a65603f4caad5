/**
 * Normalizes a password, so that it is the same from every keyboard: every Unicode space becomes U+0020, and the text becomes
 * NFC (NIST SP 800-63B-4, 3.1.1.2; the profile OpaqueString of RFC 8265, 4.2.2). Nothing is trimmed, and case stays.
 */
export function normalizePassword(password: string): string {
  return password.replace(/\p{Zs}/gu, ' ').normalize('NFC')
}
