import { sessionCookie } from '../accounts/sessions/cookie.ts'
import type { SignedInView } from '../accounts/sessions/schema.ts'
import { DEVICE_FORMAT, type KnownDevice } from '../accounts/sign-in/known-device.ts'
import type { Deps } from '../process/deps.ts'
import { ownCookieValues } from './cookies.ts'
import { currentRequest } from './request-context.ts'

/** Milliseconds: 400 days, the longest that browsers keep a cookie (RFC 6265bis, 5.5). Each sign-in renews it. */
const LIFETIME = 400 * 24 * 60 * 60 * 1000

/** The `Set-Cookie` headers of a sign-in: the session, and the known device. */
export function signedInCookies(
  deps: Deps,
  request: Request,
  { token, expiresAt, user }: SignedInView,
): string[] {
  return [
    sessionCookie(deps, { token, expiresAt: new Date(expiresAt) }),
    deviceCookie(deps, request, { username: user.username, after: 'signIn' }),
  ]
}

/** A `Set-Cookie` that makes the browser a known device of the account. */
export function deviceCookie(
  { config, devices, now }: Deps,
  request: Request,
  { username, after }: { username: string; after: 'signIn' | 'reset' },
): string {
  const previous = deviceValues(request).findLast((value) => devices.open(value))
  const expires = new Date(now().getTime() + LIFETIME).toUTCString()
  const secure = config.origin.startsWith('https:') ? '; Secure' : ''
  return `${currentRequest()!.cookies.device}=${devices.issue(username, previous, { after })}; Path=/; HttpOnly; SameSite=Lax; Expires=${expires}${secure}`
}

/** The known devices of the current request: several when another app has set a cookie of a device, too. */
export function devicesOf({ devices }: Pick<Deps, 'devices'>, request: Request): KnownDevice[] {
  return deviceValues(request)
    .map((value) => devices.open(value))
    .filter((device) => device !== null)
}

function deviceValues(request: Request): string[] {
  return ownCookieValues(request, currentRequest()!.cookies.device, DEVICE_FORMAT)
}
