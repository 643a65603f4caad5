import { afterAll, afterEach, expect, spyOn, test } from 'bun:test'
import { knownZone } from './time-zone.ts'

const created = spyOn(Intl, 'DateTimeFormat')
afterEach(() => void created.mockClear())
afterAll(() => created.mockRestore())

test('a time zone is recognized in any case and gets its canonical name', () => {
  expect(knownZone('Europe/Berlin')).toBe('Europe/Berlin')
  expect(knownZone('europe/BERLIN')).toBe('Europe/Berlin')
  for (const unknown of ['', 'Mars/Olympus', '+01:00', 'x'.repeat(64)]) expect(knownZone(unknown)).toBeNull()
})

test('the canonical names need no formatter', () => {
  for (const name of ['UTC', ...Intl.supportedValuesOf('timeZone')]) expect(knownZone(name)).toBe(name)
  expect(created).not.toHaveBeenCalled()
})

test('the result for other names is cached, up to 1000 names', () => {
  for (let n = 0; n < 3; n++) knownZone('Mars/First')
  expect(created).toHaveBeenCalledTimes(1)
  for (let n = 0; n < 1000; n++) knownZone(`Mars/${n}`)
  knownZone('Mars/999')
  expect(created).toHaveBeenCalledTimes(1001)
  knownZone('Mars/First')
  expect(created).toHaveBeenCalledTimes(1002)
})
