import type { Deps } from '../../process/deps.ts'
import { stepCookie } from './cookies.ts'
import type { Checks, OpenIdProvider } from './provider.ts'

/**
 * Kept while the user is at the provider. `link` is the session that links an account; null for a sign-in. `invite` is the token of
 * the invite with which a new user signs up.
 */
export type Begun = { checks: Checks; next: string | null; link: number | null; invite: string | null }

/** Redirects to the provider, and keeps in the browser what its response must match. @throws OpenIdUnavailable */
export async function redirectToProvider(
  deps: Deps,
  provider: OpenIdProvider,
  { callback, ...begun }: Omit<Begun, 'checks'> & { callback: string },
): Promise<Response> {
  const { url, checks } = await provider.begin({ callback, again: begun.link !== null })
  return redirect(url, await stepCookie(deps, 'begun', { checks, ...begun }))
}

/** 303 with cookies, to a path of this site or to the provider. */
export function redirect(location: string, ...cookies: string[]): Response {
  const headers = new Headers({ location, 'cache-control': 'no-store' })
  for (const cookie of cookies) headers.append('set-cookie', cookie)
  return new Response(null, { status: 303, headers })
}
