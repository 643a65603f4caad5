import { DISPLAY_NAME, INVITE_NAME, PASSKEY_NAME, PASSWORD_LENGTH, TOKEN_NAME } from '../accounts/limits.ts'
import { BODY_LIMIT } from '../messages/limits.ts'
import { REASON_LIMIT } from '../moderation/limits.ts'
import type { Keywords } from './schema.ts'

const username = { minLength: 3, maxLength: 32, pattern: '^[A-Za-z0-9._-]{3,32}$' }
const newPassword = { minLength: PASSWORD_LENGTH.least, maxLength: PASSWORD_LENGTH.most }
const password = { minLength: 1, maxLength: 1000 }
const email = { format: 'email', maxLength: 254 }
const displayName = { maxLength: DISPLAY_NAME }
const token = { minLength: 1, maxLength: 100 }
const choice = { maxLength: 16 }

/**
 * The limits of the strings in request bodies, by schema and property. The services check them, after trimming, and report
 * each with a code of its own, so they are not in the schemas that validate a request.
 */
const IN_BODIES: Record<string, Record<string, Keywords>> = {
  NewUser: { username, password: newPassword, displayName, email },
  AddedUser: { username, password: newPassword, displayName, email, yourPassword: password },
  UserChange: { displayName, email: { maxLength: 254 }, yourPassword: password },
  Credentials: { username: { minLength: 1, maxLength: 32 }, password },
  ResetRequest: { email },
  ResetCompletion: { token, password: newPassword },
  EmailVerification: { token },
  NewEmail: { email, password },
  NewPassword: { password, newPassword },
  PasswordConfirmation: { password },
  Settings: { displayName, language: choice, theme: choice, zone: { maxLength: 64 } },
  NewPasskey: { name: { minLength: 1, maxLength: PASSKEY_NAME } },
  PasskeyName: { name: { minLength: 1, maxLength: PASSKEY_NAME } },
  NewApiToken: { name: { minLength: 1, maxLength: TOKEN_NAME }, password },
  NewInvite: { name: { maxLength: INVITE_NAME } },
  AdminConfirmation: { yourPassword: password },
  NewMessage: { body: { minLength: 1, maxLength: BODY_LIMIT } },
  NewReport: { reason: { minLength: 1, maxLength: REASON_LIMIT } },
}

/** The limits of the strings in paths. A path outside them is 404. */
const IN_PATHS: Record<string, Keywords> = { username, id: { minLength: 1, maxLength: 64 } }

/** Adds the limits of strings to the schemas of request bodies. */
export function limitBodies(schemas: Record<string, Keywords>): void {
  for (const [title, limits] of Object.entries(IN_BODIES)) {
    const properties = (schemas[title]?.properties ?? {}) as Record<string, Keywords>
    for (const [name, limit] of Object.entries(limits)) Object.assign(properties[name] ?? {}, limit)
  }
}

/** The limits of a parameter in a path. */
export function pathLimits(name: string): Keywords {
  return IN_PATHS[name] ?? {}
}
