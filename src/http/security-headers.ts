import type { Config } from '../process/config.ts'

/** Headers of every response. */
export function securityHeaders(config: Pick<Config, 'origin' | 'openId'>): Record<string, string> {
  return {
    'content-security-policy': [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self' data:",
      "font-src 'self'",
      "connect-src 'self'",
      "manifest-src 'self'",
      // Forms that sign out, or link an account of the provider, redirect to it.
      `form-action 'self'${config.openId ? ` ${new URL(config.openId.issuer).origin}` : ''}`,
      "base-uri 'none'",
      "object-src 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=()',
    // For at least a year and with subdomains (ASVS 3.4.1): a page of a subdomain over HTTP could set cookies.
    ...(config.origin.startsWith('https:') && {
      'strict-transport-security': 'max-age=31536000; includeSubDomains',
    }),
  }
}

/**
 * For pages with a token in the URL: other sites receive only the origin as referrer. Not `no-referrer`, because browsers then
 * send forms with `Origin: null`, which the origin check refuses.
 */
export const tokenPageHeaders = { 'referrer-policy': 'strict-origin' }
