import { expect, spyOn, test } from 'bun:test'
import { uuid } from './uuid.ts'

const VERSION_4 = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/

test('A UUID is created even outside a secure context', () => {
  const secure = crypto.randomUUID
  try {
    Object.assign(crypto, { randomUUID: undefined })
    for (const bits of [0, 0xffffffff]) {
      const random = spyOn(crypto, 'getRandomValues').mockImplementation((array: never) => {
        ;(array as unknown as Uint32Array).fill(bits)
        return array
      })
      expect(uuid()).toMatch(VERSION_4)
      random.mockRestore()
    }
    expect(uuid()).not.toBe(uuid())
  } finally {
    Object.assign(crypto, { randomUUID: secure })
  }
  expect(uuid()).toMatch(VERSION_4)
})
