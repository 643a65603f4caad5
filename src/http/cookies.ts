import type { Config } from '../process/config.ts'

/** The names of ChatApp's cookies. */
export type CookieNames = Readonly<
  Record<'session' | 'device' | 'zone' | 'openIdStep' | 'openIdSession', string>
>

/**
 * Browsers send the cookies of a host to all of its ports, so the names contain the port. With TLS they begin with
 * `__Host-`: browsers then accept them neither for a path nor for a whole domain (RFC 6265bis, 4.1.3).
 * @param request over HTTP, its port counts, because a machine can have several names and forwarded ports
 */
export function cookieNames({ origin }: Pick<Config, 'origin'>, request?: Request): CookieNames {
  const { protocol, port } = new URL(origin)
  const isSecure = protocol === 'https:'
  const ownPort = (!isSecure && request && new URL(request.url).port) || port
  const suffix = isSecure ? ownPort && `-${ownPort}` : `-${ownPort || '80'}`
  const name = (word: string) => `${isSecure ? '__Host-' : 'chatapp-'}${word}${suffix}`
  return {
    session: name('session'),
    device: name('device'),
    zone: name('zone'),
    openIdStep: name('openid-step'),
    openIdSession: name('openid-session'),
  }
}

/**
 * The values of all cookies with the name, without empty ones. There can be several: over HTTP, another app can set one for a
 * path or for the whole domain (RFC 6265, 5.4).
 */
export function cookieValues(request: Request, name: string): string[] {
  const cookies = request.headers.get('cookie')?.split(/[;,]/) ?? []
  const values = cookies
    .map((cookie) => cookie.trim())
    .filter((cookie) => cookie.startsWith(`${name}=`))
    .map((cookie) => cookie.slice(name.length + 1))
  return [...new Set(values)].filter((value) => value)
}

/** Cookies of one name that are checked: each costs work, and a header has room for hundreds. */
const MAX_OWN = 3

/** The last values of a cookie that can be ours: the browser sends those that another app set for a path first. */
export function ownCookieValues(request: Request, name: string, format: RegExp): string[] {
  return cookieValues(request, name)
    .filter((value) => format.test(value))
    .slice(-MAX_OWN)
}

/** Removes a cookie from a response that may be stored: a cache would keep the token. The next page sets it again. */
export function withoutStoredCookie(response: Response): Response {
  const { headers } = response
  if (headers.has('set-cookie') && !headers.get('cache-control')?.includes('no-store'))
    headers.delete('set-cookie')
  return response
}
