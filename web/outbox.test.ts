import { describe, expect, test } from 'bun:test'
import { forgetAll, type Kept, localDrafts, localOutbox } from './outbox.ts'

/** The browser's storage, without a browser. */
function memoryStorage(entries = new Map<string, string>()) {
  return {
    entries,
    getItem: (key: string) => entries.get(key) ?? null,
    setItem: (key: string, value: string) => void entries.set(key, value),
    removeItem: (key: string) => void entries.delete(key),
    key: (index: number) => [...entries.keys()][index] ?? null,
    get length() {
      return entries.size
    },
  }
}

const message = (clientId: string, at: number): Kept => ({
  clientId,
  to: 'bob',
  body: `body of ${clientId}`,
  at,
})

describe('The outbox in the browser', () => {
  test('gives back what was put in, in the order typed', async () => {
    const storage = memoryStorage()
    const outbox = localOutbox(storage, 'ada')
    for (const kept of [message('b', 2), message('c', 3), message('a', 1)])
      expect(await outbox.put(kept)).toBe(true)
    await outbox.remove('c')
    expect(await localOutbox(storage, 'ada').all()).toEqual([message('a', 1), message('b', 2)])
  })

  test('loses nothing when two tabs write at the same time', async () => {
    const storage = memoryStorage()
    await Promise.all([
      localOutbox(storage, 'ada').put(message('a', 1)),
      localOutbox(storage, 'ada').put(message('b', 2)),
    ])
    expect(await localOutbox(storage, 'ada').all()).toHaveLength(2)
  })

  test("does not show another user's messages or drafts", async () => {
    const storage = memoryStorage()
    await localOutbox(storage, 'ada').put(message('a', 1))
    localDrafts(storage, 'ada').save('bob', 'Dear Bob')
    expect(await localOutbox(storage, 'ad').all()).toEqual([])
    expect(await localOutbox(storage, 'eve').all()).toEqual([])
    expect(localDrafts(storage, 'eve').load('bob')).toBe('')
  })

  test('is emptied with the drafts when its user signs out, and only theirs', async () => {
    const storage = memoryStorage()
    for (const me of ['ada', 'eve']) {
      await localOutbox(storage, me).put(message('a', 1))
      localDrafts(storage, me).save('bob', 'Dear Bob')
    }
    forgetAll(storage, 'ada')
    expect([...storage.entries.keys()]).toEqual(['outbox:eve:a', 'draft:eve:bob'])
  })

  test('skips what it can not read', async () => {
    const storage = memoryStorage(
      new Map([
        ['outbox:ada:x', '{'],
        ['outbox:ada:y', 'null'],
        ['outbox:ada:z', '{"clientId":"z"}'],
      ]),
    )
    expect(await localOutbox(storage, 'ada').all()).toEqual([])
  })

  test('says so when there is no room, and when storage is forbidden', async () => {
    const full = memoryStorage()
    full.setItem = () => {
      throw new DOMException('', 'QuotaExceededError')
    }
    for (const storage of [full, null]) {
      const outbox = localOutbox(storage, 'ada')
      expect(await outbox.put(message('a', 1))).toBe(false)
      expect(await outbox.all()).toEqual([])
      await outbox.remove('a')
      const drafts = localDrafts(storage, 'ada')
      drafts.save('bob', 'Dear Bob')
      expect(drafts.load('bob')).toBe('')
      forgetAll(storage, 'ada')
    }
  })
})

test('A draft is kept for each person until it is empty', () => {
  const storage = memoryStorage()
  const drafts = localDrafts(storage, 'ada')
  drafts.save('bob', 'Dear Bob')
  drafts.save('eve', 'Dear Eve')
  expect(drafts.load('bob')).toBe('Dear Bob')
  drafts.save('bob', '')
  expect(drafts.load('bob')).toBe('')
  expect([...storage.entries.keys()]).toEqual(['draft:ada:eve'])
})
