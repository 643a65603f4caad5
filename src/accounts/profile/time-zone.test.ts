import { expect, test } from 'bun:test'
import tz from 'tzdata'
import { knownZone, runtimeZone, ZONES } from './time-zone.ts'

/** The zones of the tz database, an array of rules each, and its links, the name of a zone each. */
const { zones } = tz as { zones: Record<string, string | unknown[]> }
const names = Object.keys(zones)

test('every name and link of the tz database is recognized in any case, and gets one canonical name', () => {
  expect(names.length).toBeGreaterThan(590)
  for (const name of names) {
    const canonical = knownZone(name)
    expect([name, canonical]).toEqual([name, expect.any(String)])
    expect(knownZone(name.toUpperCase())).toBe(canonical)
    expect(knownZone(name.toLowerCase())).toBe(canonical)
    expect(knownZone(canonical!)).toBe(canonical)
    expect(runtimeZone(canonical!)).toBe(canonical!)
  }
})

test('a name and its canonical name have the same time on every day of a year', () => {
  const days = Array.from({ length: 365 }, (_, day) => Date.UTC(2026, 0, 1 + day, 12))
  const timesOf = (timeZone: string) => {
    const format = new Intl.DateTimeFormat('en', { timeZone, timeStyle: 'short', dateStyle: 'short' })
    return days.map((day) => format.format(day)).join()
  }
  const others = names.filter((name) => knownZone(name) !== name && name !== 'Factory')
  expect(others.length).toBeGreaterThan(100)
  for (const name of others) expect([name, timesOf(name)]).toEqual([name, timesOf(knownZone(name)!)])
})

test('a renamed zone gets its present name', () => {
  for (const [old, present] of Object.entries({
    'Asia/Calcutta': 'Asia/Kolkata',
    'Asia/Katmandu': 'Asia/Kathmandu',
    'Asia/Saigon': 'Asia/Ho_Chi_Minh',
    'Europe/Kiev': 'Europe/Kyiv',
    'America/Buenos_Aires': 'America/Argentina/Buenos_Aires',
    GMT: 'UTC',
    Factory: 'UTC',
    PRC: 'Asia/Shanghai',
  }))
    expect(knownZone(old)).toBe(present)
})

test('other names are unknown', () => {
  for (const name of ['', 'Mars/Olympus', '+01:00', 'Berlin', 'constructor', '\0', 'x'.repeat(10_000)])
    expect(knownZone(name)).toBeNull()
})

test('a zone is shown under a name that the runtime knows', () => {
  expect(runtimeZone('Europe/Kyiv', (name) => name === 'Europe/Kiev')).toBe('Europe/Kiev')
  expect(runtimeZone('Europe/Kyiv', (name) => name === 'UTC')).toBe('UTC')
})

test('the zones to choose from are canonical, and none has an inverted sign', () => {
  expect(ZONES).toContain('Europe/Kyiv')
  for (const name of ZONES) expect([name, knownZone(name)]).toEqual([name, name])
  expect(ZONES.filter((name) => name.startsWith('Etc/'))).toEqual([])
})
