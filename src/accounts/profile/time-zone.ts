import cldr from 'cldr-bcp47/bcp47/timezone.json' with { type: 'json' }

/** The keys in CLDR of the zones that `Intl` calls `UTC`, and of the unknown zone. */
const UTC_KEYS = ['utc', 'gmt', 'unk']

/**
 * The names of each zone, by its canonical name, which comes first. Unicode CLDR has every name and link of the tz
 * database, grouped by country; a runtime's own list has one name of each group, depending on its version.
 */
const zones = new Map<string, Set<string>>()
for (const [key, { _alias, _iana }] of Object.entries(cldr.keyword.u.tz as unknown as CldrZones)) {
  // Deprecated keys have no names of their own; `_alias` itself is a property of the whole list.
  if (!_alias) continue
  const names = _alias.split(' ')
  const canonical = UTC_KEYS.includes(key) ? 'UTC' : (_iana ?? names[0]!)
  zones.set(canonical, new Set([canonical, ...(zones.get(canonical) ?? []), ...names]))
}

type CldrZones = Record<string, { _alias?: string; _iana?: string }>

const canonicalNames = new Map(
  [...zones].flatMap(([canonical, names]) => [...names].map((name) => [name.toLowerCase(), canonical])),
)

/** The zones to choose from. Those such as `Etc/GMT+1` are left out, because their sign is inverted. */
export const ZONES: readonly string[] = [...zones.keys()].filter((name) => !name.startsWith('Etc/')).sort()

/** The canonical name of a time zone, or null for an unknown one; `name` may be any name or link, in any case. */
export function knownZone(name: string): string | null {
  return canonicalNames.get(name.toLowerCase()) ?? null
}

/**
 * The name under which this runtime knows a zone, for `Intl` and `Temporal`: older ones lack new names, such as
 * `Europe/Kyiv`. `UTC` when it knows none.
 */
export function runtimeZone(canonical: string, isSupported = isSupportedByIntl): string {
  return [...(zones.get(canonical) ?? [])].find(isSupported) ?? 'UTC'
}

/** Creating a formatter takes about 50 µs. There are some 600 names. */
const supported = new Map<string, boolean>()

function isSupportedByIntl(name: string): boolean {
  let known = supported.get(name)
  if (known === undefined) {
    known = isTimeZone(name)
    supported.set(name, known)
  }
  return known
}

function isTimeZone(name: string): boolean {
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: name }))
  } catch {
    return false
  }
}
