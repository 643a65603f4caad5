import type { Viewer } from '../../src/accounts/profile/schema.ts'
import { chatText, tags } from '../text/chat-text.ts'

/** The viewer's language and time zone. Functions that compare with the present take `now` in milliseconds. */
type TimeFormat = Pick<Viewer, 'language' | 'zone'>

const formats = {
  clock: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  weekday: { weekday: 'short' },
  day: { day: 'numeric', month: 'short' },
  date: { day: 'numeric', month: 'short', year: 'numeric' },
  longDay: { weekday: 'long', day: 'numeric', month: 'long' },
  longDate: { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' },
} satisfies Record<string, Intl.DateTimeFormatOptions>

type FormatName = keyof typeof formats | 'key'

/** The number of (language, zone) pairs whose formatters are cached: those of all zones would take some 200 MB. */
const MAX_CACHED_PAIRS = 64

/** Creating a formatter takes about 50 µs, using it 1 µs, and a page of history needs dozens. Least recently used first. */
const cache = new Map<string, Map<FormatName, Intl.DateTimeFormat>>()

function formatter(tag: string, zone: string, name: FormatName): Intl.DateTimeFormat {
  const key = `${tag} ${zone}`
  const ofPair = cache.get(key) ?? new Map<FormatName, Intl.DateTimeFormat>()
  const options = { ...(name === 'key' ? {} : formats[name]), timeZone: zone }
  const found = ofPair.get(name) ?? createFormatter(tag, options)
  ofPair.set(name, found)
  cache.delete(key)
  cache.set(key, ofPair)
  const [leastRecentlyUsed] = cache.keys()
  if (cache.size > MAX_CACHED_PAIRS) cache.delete(leastRecentlyUsed!)
  return found
}

/** An old browser may not know the zone, such as `Europe/Kyiv` before 2022. Then its own is better than no page. */
function createFormatter(tag: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat(tag, options)
  } catch {
    return new Intl.DateTimeFormat(tag, { ...options, timeZone: undefined })
  }
}

const format = (name: keyof typeof formats, iso: string, { language, zone }: TimeFormat) =>
  formatter(tags[language].intl, zone, name).format(new Date(iso))

/** The calendar day in the zone, as `2026-11-23`. */
export const dayKey = (time: string | number, zone: string) =>
  // Swedish dates have the form of ISO 8601.
  formatter('sv-SE', zone, 'key').format(new Date(time))

/** The number of midnights in the zone between `iso` and `now`. */
const daysAgo = (iso: string, zone: string, now: number) =>
  (Date.parse(dayKey(now, zone)) - Date.parse(dayKey(iso, zone))) / 86_400_000

const sameYear = (iso: string, zone: string, now: number) =>
  dayKey(iso, zone).slice(0, 4) === dayKey(now, zone).slice(0, 4)

/** `14:05`. */
export const clockTime = (iso: string, viewer: TimeFormat) => format('clock', iso, viewer)

/** The time in a list, as short as possible: `14:05` today, `Mon` this week, `3 Nov`, `3 Nov 2025`. */
export function listTime(iso: string, viewer: TimeFormat, now: number): string {
  const ago = daysAgo(iso, viewer.zone, now)
  if (ago <= 0) return clockTime(iso, viewer)
  if (ago < 7) return format('weekday', iso, viewer)
  return format(sameYear(iso, viewer.zone, now) ? 'day' : 'date', iso, viewer)
}

/** A day's heading: `Today`, `Yesterday`, `Monday 16 November`, and the year unless it is the current one. */
export function dayName(iso: string, viewer: TimeFormat, now: number): string {
  const ago = daysAgo(iso, viewer.zone, now)
  if (ago <= 0) return chatText(viewer.language).today
  if (ago === 1) return chatText(viewer.language).yesterday
  return format(sameYear(iso, viewer.zone, now) ? 'longDay' : 'longDate', iso, viewer)
}

/** For a table: `23 Nov 2026, 14:05`. */
export const shortTime = (iso: string, viewer: TimeFormat) =>
  `${format('date', iso, viewer)}${viewer.language === 'zh' ? ' ' : ', '}${clockTime(iso, viewer)}`

/** The full date and time, for a tooltip: `Monday 23 November 2026, 14:05`. */
export const fullTime = (iso: string, viewer: TimeFormat) =>
  `${format('longDate', iso, viewer)}${viewer.language === 'zh' ? ' ' : ', '}${clockTime(iso, viewer)}`
