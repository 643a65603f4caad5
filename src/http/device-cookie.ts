import { sessionCookie } from '../accounts/sessions/cookie.ts'
import type { SignedInView } from '../accounts/sessions/schema.ts'
import type { KnownDevice, KnownDevices } from '../accounts/sign-in/known-device.ts'
import type { Deps } from '../process/deps.ts'
import { cookieValues } from './cookies.ts'
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
    deviceCookie(deps, request, user.username),
  ]
}

/** A `Set-Cookie` that makes the browser a known device of the account. */
export function deviceCookie({ config, devices, now }: Deps, request: Request, username: string): string {
  const name = currentRequest()!.cookies.device
  const previous = cookieValues(request, name).find((value) => devices.open(value))
  const expires = new Date(now().getTime() + LIFETIME).toUTCString()
  const secure = config.origin.startsWith('https:') ? '; Secure' : ''
  return `${name}=${devices.issue(username, previous)}; Path=/; HttpOnly; SameSite=Lax; Expires=${expires}${secure}`
}

/**
 * The known device of a request; null without one.
 * @param options.name the name of the cookie
 */
export function deviceOf(
  request: Request,
  { devices, name }: { devices: KnownDevices; name: string },
): KnownDevice | null {
  for (const value of cookieValues(request, name)) {
    const device = devices.open(value)
    if (device) return device
  }
  return null
}
