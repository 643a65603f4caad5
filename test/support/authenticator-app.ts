import { TOTP } from 'otpauth'

/** Returns the six digits that an authenticator app with this secret shows at the given time. */
export function codeAt(secret: string, at: Date): string {
  return new TOTP({ secret }).generate({ timestamp: at.getTime() })
}
