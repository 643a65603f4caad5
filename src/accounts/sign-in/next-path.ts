/**
 * Returns the path if it belongs to this site, otherwise null, to prevent open redirects. Browsers treat `//host` and
 * `/\host` as another host.
 */
export function safePath(path: string | undefined): string | null {
  if (!path || !/^\/(?![/\\])[^\p{Cc}\\]*$/u.test(path)) return null
  // Encoded for the header. The parser may turn `/..//` into `//`.
  const { pathname, search, hash } = new URL(path, 'http://localhost')
  return pathname.startsWith('//') ? null : `${pathname}${search}${hash}`
}
