import type { Viewer } from '../../src/accounts/schema.ts'
import { chatText, tags } from '../text/chat-text.ts'

/** Who reads decides how a time looks; `now` is in milliseconds, so that a test can choose it. */
type TimeFormat = Pick<Viewer, 'language' | 'zone'>

const formats = {
  clock: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  weekday: { weekday: 'short' },
  day: { day: 'numeric', month: 'short' },
  date: { day: 'numeric', month: 'short', year: 'numeric' },
  longDay: { weekday: 'long', day: 'numeric', month: 'long' },
  longDate: { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' },
} satisfies Record<string, Intl.DateTimeFormatOptions>

// Making a formatter costs some 50 µs, using it 1 µs, and a page of history needs dozens.
const cache = new Map<string, Intl.DateTimeFormat>()

function formatter(tag: string, zone: string, name: keyof typeof formats | 'key') {
  const key = `${tag} ${zone} ${name}`
  let found = cache.get(key)
  if (!found) {
    found = new Intl.DateTimeFormat(tag, { ...(name === 'key' ? {} : formats[name]), timeZone: zone })
    cache.set(key, found)
  }
  return found
}

const format = (name: keyof typeof formats, iso: string, { language, zone }: TimeFormat) =>
  formatter(tags[language].intl, zone, name).format(new Date(iso))

/** The reader's calendar day as `2026-11-23`: the same for two times exactly when their day is. */
export const dayKey = (time: string | number, zone: string) =>
  // Sweden writes dates as ISO 8601 does.
  formatter('sv-SE', zone, 'key').format(new Date(time))

/** How many midnights of the reader lie between `iso` and `now`. */
const daysAgo = (iso: string, zone: string, now: number) =>
  (Date.parse(dayKey(now, zone)) - Date.parse(dayKey(iso, zone))) / 86_400_000

const sameYear = (iso: string, zone: string, now: number) =>
  dayKey(iso, zone).slice(0, 4) === dayKey(now, zone).slice(0, 4)

/** `14:05`. */
export const clockTime = (iso: string, reader: TimeFormat) => format('clock', iso, reader)

/** As short as it can be told apart: `14:05` today, `Mon` this week, `3 Nov`, `3 Nov 2025`. */
export function listTime(iso: string, reader: TimeFormat, now: number): string {
  const ago = daysAgo(iso, reader.zone, now)
  if (ago <= 0) return clockTime(iso, reader)
  if (ago < 7) return format('weekday', iso, reader)
  return format(sameYear(iso, reader.zone, now) ? 'day' : 'date', iso, reader)
}

/** A day's heading: `Today`, `Yesterday`, `Monday 16 November`, with the year when it is another one. */
export function dayName(iso: string, reader: TimeFormat, now: number): string {
  const ago = daysAgo(iso, reader.zone, now)
  if (ago <= 0) return chatText(reader.language).today
  if (ago === 1) return chatText(reader.language).yesterday
  return format(sameYear(iso, reader.zone, now) ? 'longDay' : 'longDate', iso, reader)
}

/** For a table: `23 Nov 2026, 14:05`. */
export const shortTime = (iso: string, reader: TimeFormat) =>
  `${format('date', iso, reader)}${reader.language === 'zh' ? ' ' : ', '}${clockTime(iso, reader)}`

/** Everything there is to know of a time, for a tooltip: `Monday 23 November 2026, 14:05`. */
export const fullTime = (iso: string, reader: TimeFormat) =>
  `${format('longDate', iso, reader)}${reader.language === 'zh' ? ' ' : ', '}${clockTime(iso, reader)}`
