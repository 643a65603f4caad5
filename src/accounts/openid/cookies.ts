import { type CookieNames, cookieValues } from '../../http/cookies.ts'
import { currentRequest } from '../../http/request-context.ts'
import type { Deps } from '../../process/deps.ts'
import type { SessionOrigin } from '../sessions/session.ts'
import { STEP_LIFETIME_S } from './step-tokens.ts'

/**
 * `openIdStep`: a sign-in or sign-up in progress, signed. `openIdSession`: the provider started the current session, so signing out
 * ends the provider's session, too.
 */
type Name = keyof CookieNames & `openId${string}`

/** A `Set-Cookie` with a signed value of the given kind, for the next step of a sign-in. */
export async function stepCookie(deps: Deps, kind: string, value: object): Promise<string> {
  const until = new Date(Date.now() + STEP_LIFETIME_S * 1000)
  return cookie(deps, 'openIdStep', { value: await deps.openId!.sign(kind, value, STEP_LIFETIME_S), until })
}

/** The value of the request's cookie; null when it is not of that kind or has expired. */
export async function readStep<Value extends object>(
  deps: Deps,
  request: Request,
  kind: string,
): Promise<Value | null> {
  for (const signed of cookieValues(request, currentRequest()!.cookies.openIdStep)) {
    const value = await deps.openId!.verify<Value>(kind, signed)
    if (value) return value
  }
  return null
}

/** Kept while the user types the code of two-factor authentication after a sign-in at the provider. */
export type CodeStep = { proof: string; origin: SessionOrigin }

/** What the session stores that begins with the code; null when a password came before the code. */
export async function readOrigin(deps: Deps, request: Request, proof: string): Promise<SessionOrigin | null> {
  const step = deps.openId && (await readStep<CodeStep>(deps, request, 'code'))
  return step?.proof === proof ? step.origin : null
}

/** A `Set-Cookie` that marks the session as started by the provider. */
export function providerSessionCookie(deps: Deps): string {
  const until = new Date(Date.now() + deps.config.sessionLifetime * 1000)
  return cookie(deps, 'openIdSession', { value: '1', until })
}

/** Whether the provider started the session. */
export function wasStartedByProvider(request: Request): boolean {
  return cookieValues(request, currentRequest()!.cookies.openIdSession).length > 0
}

/** A `Set-Cookie` that removes the cookie. */
export function removeCookie(deps: Deps, name: Name): string {
  return cookie(deps, name, { value: '', until: new Date(0) })
}

/** SameSite=Lax: the browser sends it when the provider redirects back. */
function cookie({ config }: Deps, name: Name, { value, until }: { value: string; until: Date }): string {
  const secure = config.origin.startsWith('https:') ? '; Secure' : ''
  return `${currentRequest()!.cookies[name]}=${value}; Path=/; HttpOnly; SameSite=Lax; Expires=${until.toUTCString()}${secure}`
}
