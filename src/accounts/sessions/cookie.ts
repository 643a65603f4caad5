import { ownCookieValues } from '../../http/cookies.ts'
import { currentRequest } from '../../http/request-context.ts'
import type { Deps } from '../../process/deps.ts'
import { authenticate, type Me, revokeSession } from './session.ts'

/** A signed-in user, and the token that the request came with. */
type Authenticated = { me: Me; token: string }

/** The token in `Authorization`; undefined without one. */
export function bearerToken(request: Request): string | undefined {
  return /^Bearer (.+)$/i.exec(request.headers.get('authorization') ?? '')?.[1]
}

/** A JWT with an HMAC of 256 bits. */
const TOKEN_FORMAT = /^[\w-]+\.[\w-]+\.[\w-]{43}$/

/** Returns the users of the session cookies that are valid, of at most three. API tokens are not accepted as cookies. */
export async function* authenticateCookies(deps: Deps, request: Request): AsyncGenerator<Authenticated> {
  for (const token of ownCookieValues(request, currentRequest()!.cookies.session, TOKEN_FORMAT)) {
    const me = await authenticate(deps, token)
    if (me && !me.session.isToken) yield { me, token }
  }
}

/**
 * Revokes the session of the request, and those of all other cookies in it: the next one would sign the browser in again.
 * Returns the headers of the response.
 */
export async function signOut(deps: Deps, request: Request, me: Me): Promise<Record<string, string>> {
  await revokeSession(deps, me.session)
  if (!bearerToken(request)) {
    for await (const other of authenticateCookies(deps, request)) await revokeSession(deps, other.me.session)
  }
  return signedOutHeaders(deps)
}

/**
 * Removes the session cookie, and pictures and pages from the browser's cache. The page's script removes drafts and the outbox:
 * they are stored by account, and `"storage"` would remove those of other accounts too.
 */
export function signedOutHeaders(deps: Deps): Record<string, string> {
  return {
    'set-cookie': sessionCookie(deps, { token: '', expiresAt: new Date(0) }),
    'clear-site-data': '"cache"',
  }
}

/** A `Set-Cookie` with the token, which scripts and other sites cannot read; with HTTPS, nor can other hosts. */
export function sessionCookie(
  { config }: Deps,
  { token, expiresAt }: { token: string; expiresAt: Date },
): string {
  const secure = config.origin.startsWith('https:') ? '; Secure' : ''
  return `${currentRequest()!.cookies.session}=${token}; Path=/; HttpOnly; SameSite=Lax; Expires=${expiresAt.toUTCString()}${secure}`
}
