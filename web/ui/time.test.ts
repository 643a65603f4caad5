import { expect, test } from 'bun:test'
import { clockTime, dayKey, dayName, fullTime, listTime, shortTime } from './time.ts'

const berlin = { language: 'en', zone: 'Europe/Berlin' } as const
const shanghai = { language: 'zh', zone: 'Asia/Shanghai' } as const
// A Monday, 00:30 in Berlin, 07:30 in Shanghai.
const now = Date.parse('2026-11-22T23:30:00.000Z')
const minutesAgo = (minutes: number) => new Date(now - minutes * 60_000).toISOString()

test("times are the reader's own", () => {
  expect(clockTime('2026-07-01T12:00:00Z', berlin)).toBe('14:00')
  expect(clockTime('2026-07-01T12:00:00Z', { ...berlin, zone: 'UTC' })).toBe('12:00')
  expect(clockTime('2026-07-01T16:05:00Z', shanghai)).toBe('00:05')
})

test("a day is the reader's day", () => {
  expect(dayKey('2026-11-22T23:30:00Z', 'UTC')).toBe('2026-11-22')
  expect(dayKey('2026-11-22T23:30:00Z', 'Europe/Berlin')).toBe('2026-11-23')
  expect(dayKey('2026-11-22T23:30:00Z', 'America/Los_Angeles')).toBe('2026-11-22')
})

test('a list says as little as tells the time', () => {
  expect(listTime(minutesAgo(5), berlin, now)).toBe('00:25')
  expect(listTime(minutesAgo(60), berlin, now)).toBe('Sun')
  expect(listTime('2026-11-03T12:00:00Z', berlin, now)).toBe('3 Nov')
  expect(listTime('2025-11-03T12:00:00Z', berlin, now)).toBe('3 Nov 2025')
  expect(listTime('2026-11-03T12:00:00Z', shanghai, now)).toBe('11月3日')
})

test('days have names', () => {
  expect(dayName(minutesAgo(5), berlin, now)).toBe('Today')
  expect(dayName(minutesAgo(60), berlin, now)).toBe('Yesterday')
  expect(dayName('2026-11-16T12:00:00Z', berlin, now)).toBe('Monday 16 November')
  expect(dayName('2024-02-29T12:00:00Z', berlin, now)).toMatch(/^Thursday,? 29 February 2024$/)
  expect(dayName(minutesAgo(60), shanghai, now)).toBe('今天')
  expect(dayName('2026-11-16T12:00:00Z', shanghai, now)).toBe('11月16日星期一')
})

test('a time ahead of this clock is today, not some weekday', () => {
  expect(listTime(minutesAgo(-3 * 24 * 60), berlin, now)).toBe('00:30')
})

test('the tooltip tells everything', () => {
  expect(fullTime('2026-11-16T12:00:00Z', berlin)).toMatch(/^Monday,? 16 November 2026, 13:00$/)
  expect(fullTime('2026-11-16T12:00:00Z', shanghai)).toBe('2026年11月16日星期一 20:00')
})

test('a time in a table is short, and never without its year', () => {
  expect(shortTime('2026-11-16T12:00:00Z', berlin)).toBe('16 Nov 2026, 13:00')
  expect(shortTime('2026-11-16T12:00:00Z', shanghai)).toBe('2026年11月16日 20:00')
})
