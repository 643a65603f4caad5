const ZONES = new Set(['UTC', ...Intl.supportedValuesOf('timeZone')])

/** Maximum number of cached names, such as aliases and misspellings. */
const MAX_CACHED_NAMES = 1000

const cache = new Map<string, string | null>()

/** The canonical name of a time zone (IANA), or null for an unknown one; `name` may be an alias, in any case. */
export function knownZone(name: string): string | null {
  if (ZONES.has(name)) return name
  const cached = cache.get(name)
  if (cached !== undefined) return cached
  const zone = canonicalName(name)
  cache.set(name, zone)
  const [oldest] = cache.keys()
  if (cache.size > MAX_CACHED_NAMES) cache.delete(oldest!)
  return zone
}

function canonicalName(name: string): string | null {
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions()
    return ZONES.has(timeZone) ? timeZone : null
  } catch {
    return null
  }
}
