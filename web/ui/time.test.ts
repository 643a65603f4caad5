import { expect, test } from 'bun:test'
import { clockTime, dayKey, dayName, fullTime, listTime, shortTime } from './time.ts'

const berlin = { language: 'en', zone: 'Europe/Berlin' } as const
const shanghai = { language: 'zh', zone: 'Asia/Shanghai' } as const
// A Monday, 00:30 in Berlin, 07:30 in Shanghai.
const now = Date.parse('2026-11-22T23:30:00.000Z')
const minutesAgo = (minutes: number) => new Date(now - minutes * 60_000).toISOString()

test("times are in the viewer's zone", () => {
  expect(clockTime('2026-07-01T12:00:00Z', berlin)).toBe('14:00')
  expect(clockTime('2026-07-01T12:00:00Z', { ...berlin, zone: 'UTC' })).toBe('12:00')
  expect(clockTime('2026-07-01T16:05:00Z', shanghai)).toBe('00:05')
})

test("a day is the calendar day in the viewer's zone", () => {
  expect(dayKey('2026-11-22T23:30:00Z', 'UTC')).toBe('2026-11-22')
  expect(dayKey('2026-11-22T23:30:00Z', 'Europe/Berlin')).toBe('2026-11-23')
  expect(dayKey('2026-11-22T23:30:00Z', 'America/Los_Angeles')).toBe('2026-11-22')
})

test('a time in a list is as short as possible', () => {
  expect(listTime(minutesAgo(5), berlin, now)).toBe('00:25')
  expect(listTime(minutesAgo(60), berlin, now)).toBe('Sun')
  expect(listTime('2026-11-03T12:00:00Z', berlin, now)).toBe('3 Nov')
  expect(listTime('2025-11-03T12:00:00Z', berlin, now)).toBe('3 Nov 2025')
  expect(listTime('2026-11-03T12:00:00Z', shanghai, now)).toBe('11月3日')
})

test("a day's heading is its name", () => {
  expect(dayName(minutesAgo(5), berlin, now)).toBe('Today')
  expect(dayName(minutesAgo(60), berlin, now)).toBe('Yesterday')
  expect(dayName('2026-11-16T12:00:00Z', berlin, now)).toBe('Monday 16 November')
  expect(dayName('2024-02-29T12:00:00Z', berlin, now)).toMatch(/^Thursday,? 29 February 2024$/)
  expect(dayName(minutesAgo(60), shanghai, now)).toBe('今天')
  expect(dayName('2026-11-16T12:00:00Z', shanghai, now)).toBe('11月16日星期一')
})

test('a time in the future counts as today', () => {
  expect(listTime(minutesAgo(-3 * 24 * 60), berlin, now)).toBe('00:30')
})

test('a tooltip has the full date and time', () => {
  expect(fullTime('2026-11-16T12:00:00Z', berlin)).toMatch(/^Monday,? 16 November 2026, 13:00$/)
  expect(fullTime('2026-11-16T12:00:00Z', shanghai)).toBe('2026年11月16日星期一 20:00')
})

test('formatters are reused, and kept only for the most recently used zones', () => {
  const { DateTimeFormat } = Intl
  let created = 0
  Intl.DateTimeFormat = new Proxy(DateTimeFormat, {
    construct(target, [tag, options]) {
      created++
      return new target(tag, options)
    },
  })
  try {
    const zones = Intl.supportedValuesOf('timeZone').slice(0, 100)
    for (const zone of zones) clockTime('2026-07-01T12:00:00Z', { language: 'en', zone })
    for (const zone of zones.slice(-60)) clockTime('2026-07-01T12:00:00Z', { language: 'en', zone })
    expect(created).toBe(100)
    clockTime('2026-07-01T12:00:00Z', { language: 'en', zone: zones[0]! })
    expect(created).toBe(101)
  } finally {
    Intl.DateTimeFormat = DateTimeFormat
  }
})

test('a time zone that the browser does not know falls back to its own', () => {
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions()
  const [unknown, own] = ['Mars/Olympus', timeZone].map((zone) => {
    const viewer = { language: 'en', zone } as const
    return [clockTime('2026-07-01T12:00:00Z', viewer), dayKey('2026-07-01T12:00:00Z', zone)]
  })
  expect(unknown).toEqual(own)
})

test('a time in a table is short and includes the year', () => {
  expect(shortTime('2026-11-16T12:00:00Z', berlin)).toBe('16 Nov 2026, 13:00')
  expect(shortTime('2026-11-16T12:00:00Z', shanghai)).toBe('2026年11月16日 20:00')
})
