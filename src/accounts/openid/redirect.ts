import type { Deps } from '../../process/deps.ts'
import { stepCookie } from './cookies.ts'
import type { Checks, OpenIdProvider } from './provider.ts'

/** Kept while the user is at the provider. `link` is the session that links an account; null for a sign-in. */
export type Begun = { checks: Checks; next: string | null; link: number | null }

/** Redirects to the provider, and keeps in the browser what its response must match. @throws OpenIdUnavailable */
export async function redirectToProvider(
  deps: Deps,
  provider: OpenIdProvider,
  { callback, next, link }: Omit<Begun, 'checks'> & { callback: string },
): Promise<Response> {
  const { url, checks } = await provider.begin({ callback, again: link !== null })
  return redirect(url, await stepCookie(deps, 'begun', { checks, next, link }))
}

/** 303 with cookies, to a path of this site or to the provider. */
export function redirect(location: string, ...cookies: string[]): Response {
  const headers = new Headers({ location, 'cache-control': 'no-store' })
  for (const cookie of cookies) headers.append('set-cookie', cookie)
  return new Response(null, { status: 303, headers })
}
