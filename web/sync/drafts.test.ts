import { expect, test } from 'bun:test'
import { memoryStorage } from '../../test/support/page-fakes.ts'
import { clearDrafts, localDrafts } from './drafts.ts'

test('A draft is kept per person until it is empty', () => {
  const storage = memoryStorage()
  const drafts = localDrafts(storage, 'ada')
  drafts.save('bob', 'Dear Bob')
  drafts.save('eve', 'Dear Eve')
  expect(drafts.load('bob')).toBe('Dear Bob')
  drafts.save('bob', '')
  expect(drafts.load('bob')).toBe('')
  expect([...storage.entries.keys()]).toEqual(['draft:ada:eve'])
})

test('A draft is not shown to another user, and is deleted when its user signs out', () => {
  const storage = memoryStorage()
  for (const me of ['ada', 'eve']) localDrafts(storage, me).save('bob', 'Dear Bob')
  expect(localDrafts(storage, 'ad').load('bob')).toBe('')
  clearDrafts(storage, 'ada')
  expect([...storage.entries.keys()]).toEqual(['draft:eve:bob'])
})

test('A draft is dropped without an error where storage is full or denied', () => {
  const full = memoryStorage()
  full.setItem = () => {
    throw new DOMException('', 'QuotaExceededError')
  }
  for (const storage of [full, null]) {
    const drafts = localDrafts(storage, 'ada')
    drafts.save('bob', 'Dear Bob')
    expect(drafts.load('bob')).toBe('')
    clearDrafts(storage, 'ada')
  }
})
