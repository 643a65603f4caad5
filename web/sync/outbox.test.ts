import { afterAll, beforeEach, describe, expect, test } from 'bun:test'
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import { FakeClock, memoryStorage } from '../../test/support/page-fakes.ts'
import { type OutboxMessage, openOutbox } from './outbox.ts'

const names = ['indexedDB', 'IDBKeyRange'] as const
const before = names.map((name) => [name, Reflect.get(globalThis, name)])
beforeEach(() => void Object.assign(globalThis, { indexedDB: new IDBFactory(), IDBKeyRange }))
afterAll(() => void Object.assign(globalThis, Object.fromEntries(before)))

function denied() {
  throw new DOMException('', 'SecurityError')
}

const clock = new FakeClock()
/** Each call simulates another page of the same browser. */
const outboxOf = (me: string, storage: ReturnType<typeof memoryStorage> | null = memoryStorage()) =>
  openOutbox(storage, { me, clock })

const message = (clientId: string, at: number): OutboxMessage => ({
  clientId,
  to: 'bob',
  body: `body of ${clientId}`,
  at,
})

describe('The outbox', () => {
  test('returns its messages in the order typed, to later pages, too', async () => {
    const outbox = outboxOf('ada')
    for (const kept of [message('b', 2), message('c', 3), message('a', 10)])
      expect(await outbox.put(kept)).toBe(true)
    await outbox.remove('c')
    expect(await outboxOf('ada').all()).toEqual([message('b', 2), message('a', 10)])
  })

  test('holds the latest state of each message', async () => {
    const outbox = outboxOf('ada')
    await outbox.put(message('a', 1))
    await outbox.put({ ...message('a', 1), reason: 'no' })
    expect(await outbox.all()).toEqual([{ ...message('a', 1), reason: 'no' }])
  })

  test('loses nothing when two tabs write at the same time', async () => {
    await Promise.all([outboxOf('ada').put(message('a', 1)), outboxOf('ada').put(message('b', 2))])
    expect(await outboxOf('ada').all()).toHaveLength(2)
  })

  test('does not return messages of other users, and is cleared without affecting theirs', async () => {
    for (const me of ['ada', 'ad', 'adam', 'eve']) await outboxOf(me).put(message(me, 1))
    expect(await outboxOf('ad').all()).toEqual([message('ad', 1)])
    expect(await outboxOf('a').all()).toEqual([])
    await outboxOf('ad').clear()
    expect(await outboxOf('ad').all()).toEqual([])
    for (const me of ['ada', 'adam', 'eve']) expect(await outboxOf(me).all()).toEqual([message(me, 1)])
  })

  test.each([
    ['denied', { open: denied }],
    ['absent', undefined],
  ])('fails when storage is %s', async (_, indexedDB) => {
    Object.assign(globalThis, { indexedDB })
    const outbox = outboxOf('ada')
    expect(await outbox.put(message('a', 1))).toBe(false)
    await expect(outbox.all()).rejects.toThrow()
    await expect(outbox.remove('a')).rejects.toThrow()
  })

  test('fails when storage does not respond', async () => {
    Object.assign(globalThis, { indexedDB: { open: () => ({}) } })
    const outbox = outboxOf('ada')
    const answers = Promise.allSettled([outbox.put(message('a', 1)), outbox.all()])
    await clock.pass(2000)
    expect(await answers).toMatchObject([{ value: false }, { status: 'rejected' }])
  })

  describe('when the page closes before a message is written', () => {
    const storage = memoryStorage()
    /** IndexedDB of a page that is gone: it never responds. */
    const gone = { open: () => ({}) }

    test('still returns the message, in the order typed', async () => {
      await outboxOf('ada', storage).put(message('first', 1))
      await outboxOf('ada', storage).put(message('last', 3))
      expect(storage.entries.size).toBe(0)
      const { indexedDB } = globalThis
      Object.assign(globalThis, { indexedDB: gone })
      void outboxOf('ada', storage).put(message('between', 2))
      Object.assign(globalThis, { indexedDB })
      const all = await outboxOf('ada', storage).all()
      expect(all.map(({ clientId }) => clientId)).toEqual(['first', 'between', 'last'])
      expect(await outboxOf('eve', storage).all()).toEqual([])
    })

    test('keeps the message in localStorage while IndexedDB rejects it', async () => {
      storage.entries.clear()
      const { indexedDB } = globalThis
      Object.assign(globalThis, { indexedDB: { open: denied } })
      expect(await outboxOf('ada', storage).put(message('a', 1))).toBe(false)
      Object.assign(globalThis, { indexedDB })
      expect(await outboxOf('ada', storage).all()).toEqual([message('a', 1)])
      await outboxOf('ada', storage).remove('a')
    })

    test('returns the message once if it was written after all, and removes it from both places', async () => {
      storage.setItem('outbox:ada:a', JSON.stringify(message('a', 1)))
      const outbox = outboxOf('ada', storage)
      await outbox.put({ ...message('a', 1), reason: 'no' })
      storage.setItem('outbox:ada:a', JSON.stringify(message('a', 1)))
      expect((await outbox.all()).filter(({ clientId }) => clientId === 'a')).toHaveLength(1)
      await outbox.remove('a')
      expect((await outbox.all()).filter(({ clientId }) => clientId === 'a')).toEqual([])
    })

    test('clears localStorage at signing out, and skips entries that it cannot parse', async () => {
      storage.entries.clear()
      for (const me of ['ada', 'eve']) storage.setItem(`outbox:${me}:a`, JSON.stringify(message('a', 1)))
      for (const [key, text] of Object.entries({ x: '{', y: 'null', z: '{"clientId":"z"}' })) {
        storage.setItem(`outbox:eve:${key}`, text)
      }
      await outboxOf('ada', storage).clear()
      expect(await outboxOf('ada', storage).all()).toEqual([])
      expect(await outboxOf('eve', storage).all()).toEqual([message('a', 1)])
    })
  })

  test('works without localStorage', async () => {
    await outboxOf('ada', null).put(message('a', 1))
    expect(await outboxOf('ada', null).all()).toEqual([message('a', 1)])
    await outboxOf('ada', null).clear()
    expect(await outboxOf('ada', null).all()).toEqual([])
  })
})
