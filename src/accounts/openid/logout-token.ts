import type { createRemoteJWKSet, JWTPayload } from 'jose'
import { AppError, Unavailable } from '../../http/errors.ts'
import type { ProviderSession } from './session-origin.ts'

/** A valid logout token. `id` is unique for the issuer. */
export type LogoutToken = ProviderSession & { id: string }

/** Who signs logout tokens, and for whom. */
export type LogoutTokenRules = {
  issuer: string
  clientId: string
  keys: ReturnType<typeof createRemoteJWKSet>
  algorithms: string[]
}

/** A logout token that is invalid, expired or was used before. 400, as the specification requires. */
export class InvalidLogoutToken extends AppError {
  constructor() {
    super(400, 'The logout token is invalid, has expired or was used before.', {}, 'invalid_logout_token')
  }
}

/** Maximum age of a logout token in seconds. A used one is remembered as long. */
export const LOGOUT_TOKEN_AGE_S = 10 * 60

/** Seconds by which the clocks of provider and server may differ. */
export const CLOCK_TOLERANCE_S = 60

const EVENT = 'http://schemas.openid.net/event/backchannel-logout'

/**
 * Validates a logout token (OpenID Connect Back-Channel Logout 1.0, 2.6).
 * @throws InvalidLogoutToken; Unavailable when the keys of the provider cannot be read
 */
export async function verifyLogoutToken(
  token: string,
  { rules: { issuer, clientId, keys, algorithms }, at }: { rules: LogoutTokenRules; at: Date },
): Promise<LogoutToken> {
  const { jwtVerify, errors } = await import('jose')
  const claims = await jwtVerify(token, keys, {
    issuer,
    audience: clientId,
    algorithms,
    requiredClaims: ['exp', 'iat', 'jti', 'events'],
    maxTokenAge: LOGOUT_TOKEN_AGE_S,
    clockTolerance: CLOCK_TOLERANCE_S,
    currentDate: at,
  }).catch((error) => {
    const { JWKSTimeout, JWKSInvalid, JOSEError } = errors
    const isToken = error instanceof JOSEError && error.constructor !== JOSEError
    if (!isToken || error instanceof JWKSTimeout || error instanceof JWKSInvalid)
      throw new Unavailable('The OpenID provider is not available.', 10)
    throw new InvalidLogoutToken()
  })
  return sessionOf(claims.payload, issuer)
}

function sessionOf({ sub, sid, jti, events, ...other }: JWTPayload, issuer: string): LogoutToken {
  const event = isObject(events) ? events[EVENT] : null
  // An ID token has a nonce.
  if (!isObject(event) || 'nonce' in other || !isText(jti)) throw new InvalidLogoutToken()
  if (isText(sub) && (sid === undefined || isText(sid)))
    return { issuer, subject: sub, session: sid ?? null, id: jti }
  if (sub === undefined && isText(sid)) return { issuer, subject: null, session: sid, id: jti }
  throw new InvalidLogoutToken()
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
