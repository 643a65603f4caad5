const ZONES = new Set(['UTC', ...Intl.supportedValuesOf('timeZone')])

/** The one spelling of a time zone (IANA) that is known here, or null: of others there is no end. */
export function knownZone(name: string): string | null {
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions()
    return ZONES.has(timeZone) ? timeZone : null
  } catch {
    return null
  }
}
