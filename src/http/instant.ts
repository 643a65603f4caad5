const INSTANT = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/i

/** Whether it is a date and time with an offset (RFC 3339, 5.6) on a day that exists. */
export function isInstant(text: string): boolean {
  const [, day] = INSTANT.exec(text) ?? []
  if (!day || Number.isNaN(Date.parse(text))) return false
  // `Date` reads 30 February as 1 March.
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day)
}
