import { expect, test } from 'bun:test'
import { hue, initials } from './avatar.tsx'

test('the colour of a username is stable and ignores case', () => {
  // Fixed values: people recognize each other by their colours.
  expect(['ada', 'bob', 'grace', 'x_y-z.9'].map(hue)).toEqual([7, 8, 7, 9])
  expect(hue('ADA')).toBe(hue('ada'))
})

test('all twelve colours are used', () => {
  expect(new Set(Array.from({ length: 200 }, (_, index) => hue(`user${index}`))).size).toBe(12)
})

test.each([
  ['Ada Lovelace', 'AL'],
  ['ada', 'A'],
  ['Edsger W. Dijkstra', 'ED'],
  ['ada.lovelace', 'AL'],
  ['林美', '林'],
  ['🦊 Fox', '🦊F'],
  ['👩‍👩‍👧 family', '👩‍👩‍👧F'],
  ['é́lan', 'É́'],
  ['  ', ' '],
  ['...', '.'],
])('initials of %s', (name, letters) => {
  expect(initials(name)).toBe(letters)
})
