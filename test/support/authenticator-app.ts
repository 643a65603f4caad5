import { TOTP } from 'otpauth'

/** The six digits that an authenticator app with this secret shows at a time. */
export function codeAt(secret: string, at: Date): string {
  return new TOTP({ secret }).generate({ timestamp: at.getTime() })
}
