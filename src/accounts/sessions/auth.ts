import { type Context, Elysia } from 'elysia'
import { Forbidden, Unauthorized } from '../../http/errors.ts'
import { currentRequest } from '../../http/request-context.ts'
import { peerOf } from '../../http/security.ts'
import type { Deps } from '../../process/deps.ts'
import { authenticate, type Me, renewSession } from './session.ts'

const signedIn = new WeakMap<Request, Me>()

/**
 * `auth: true` on a route: its handler gets `me`, and nobody who is not signed in reaches it. `auth: 'session'` keeps out
 * API tokens as well: what decides about the account is for its owner, who signed in. `auth: 'admin'` keeps out everybody
 * who is no administrator as well, by what the account says at this moment.
 * It runs before validation, so that a stranger learns nothing of what a route takes.
 */
export function auth(deps: Deps) {
  return new Elysia().macro({
    auth: (who: true | 'session' | 'admin') => ({
      detail: {
        security: [{ bearer: [] }, { cookie: [] }],
        ...(who !== true && { responses: REFUSED[who] }),
      },
      transform: async ({ request, set }: Pick<Context, 'request' | 'set'>) => {
        const me = await findCaller(deps, request)
        await deps.limits.take('request', me ? `user ${me.id}` : peerOf(request).address)
        if (!me) throw new Unauthorized()
        if (who !== true && me.session.isToken) throw new Forbidden('An API token cannot do this; sign in.')
        if (who === 'admin' && me.role !== 'admin') throw new Forbidden('This is for administrators.')
        const renewed = await renewBrowser(deps, request, me)
        if (renewed) set.headers['set-cookie'] = sessionCookie(deps, renewed.token, renewed.expiresAt)
        signedIn.set(
          request,
          renewed ? { ...me, session: { ...me.session, expiresAt: renewed.expiresAt } } : me,
        )
      },
      resolve: ({ request }: { request: Request }) => ({ me: signedIn.get(request)! }),
    }),
  })
}

const REFUSED = {
  session: { 403: { description: 'With an API token, which cannot do this, or from another site.' } },
  admin: { 403: { description: 'By nobody but an administrator who signed in, and not from another site.' } },
}

/** The user whose token came with the request: in `Authorization`, else in the cookie. */
export async function findCaller(deps: Deps, request: Request): Promise<Me | null> {
  const known = signedIn.get(request)
  if (known) return known
  const bearer = bearerToken(request)
  const token = bearer ?? cookieToken(request, deps)
  const found = token ? await authenticate(deps, token) : null
  // In a browser's cookie an API token is a mistake, or worse.
  const me = found?.session.isToken && !bearer ? null : found
  const now = currentRequest()
  if (me && now) now.user = me.id
  return me
}

/**
 * Only a browser's session is renewed: a program was told when its token ends, and has no use for a cookie. And only by
 * what reads: signing out takes the cookie away.
 */
async function renewBrowser(deps: Deps, request: Request, me: Me) {
  const mayRenew = request.method === 'GET' && !bearerToken(request)
  const token = mayRenew ? cookieToken(request, deps) : undefined
  return token ? await renewSession(deps, me, token) : null
}

/** A `Set-Cookie` that carries the token: out of reach of scripts, of other sites, and on https of every other host. */
export function sessionCookie({ config }: Deps, token: string, expiresAt: Date): string {
  const secure = config.origin.startsWith('https:') ? '; Secure' : ''
  return `${cookieName(config)}=${token}; Path=/; HttpOnly; SameSite=Lax; Expires=${expiresAt.toUTCString()}${secure}`
}

/** A `Set-Cookie` that takes it away. */
export function expiredSessionCookie(deps: Deps): string {
  return sessionCookie(deps, '', new Date(0))
}

function bearerToken(request: Request): string | undefined {
  return /^Bearer (.+)$/i.exec(request.headers.get('authorization') ?? '')?.[1]
}

function cookieToken(request: Request, { config }: Deps): string | undefined {
  const prefix = `${cookieName(config)}=`
  const cookies = request.headers.get('cookie')?.split(/; */)
  return cookies
    ?.find((cookie) => cookie.startsWith(prefix) && cookie.length > prefix.length)
    ?.slice(prefix.length)
}

/** RFC 6265bis, 4.1.3: with `__Host-` browsers take it over TLS and for this host only. */
export function cookieName(config: Pick<Deps['config'], 'origin'>): string {
  return config.origin.startsWith('https:') ? '__Host-session' : 'session'
}
