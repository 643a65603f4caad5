import { expect, test } from 'bun:test'
import type { MessageView } from '../../src/messages/schema.ts'
import type { Outgoing } from './conversation-props.ts'
import { createGrouping, groupByDay } from './message-groups.ts'

const ada = { username: 'ada', displayName: 'Ada' }
const message = (seq: number, sender: string, at: string, clientId: string | null = null): MessageView => ({
  id: `1-${seq}`,
  seq,
  version: seq,
  sender,
  recipient: sender === 'ada' ? 'bob' : 'ada',
  body: `message ${seq}`,
  createdAt: `2026-11-${at}.000Z`,
  editedAt: null,
  deletedAt: null,
  clientId,
})
const sending = (clientId: string, at: string): Outgoing => ({
  clientId,
  body: 'on its way',
  createdAt: `2026-11-${at}.000Z`,
  state: 'sending',
})
const days = (messages: MessageView[], outbox: Outgoing[] = [], newFrom: number | null = null) =>
  groupByDay({ me: ada, messages, outbox, zone: 'Europe/Berlin', newFrom })
const keys = (...args: Parameters<typeof days>) =>
  days(...args).map(({ groups }) => groups.map(({ entries }) => entries.map(({ key }) => key).join(' ')))

test('consecutive messages of one person are one group', () => {
  const messages = [
    message(1, 'bob', '20T12:00:00'),
    message(2, 'bob', '20T12:04:59'),
    message(3, 'ada', '20T12:05:00'),
    message(4, 'bob', '20T12:05:01'),
  ]
  expect(keys(messages)).toEqual([['s1 s2', 's3', 's4']])
  expect(days(messages)[0]!.groups.map(({ own }) => own)).toEqual([false, true, false])
})

test('a pause of five minutes starts a new group', () => {
  expect(keys([message(1, 'bob', '20T12:00:00'), message(2, 'bob', '20T12:05:00')])).toEqual([['s1', 's2']])
})

test("midnight in the viewer's zone starts a new group", () => {
  const result = days([message(1, 'bob', '20T22:59:59'), message(2, 'bob', '20T23:00:01')])
  expect(result.map(({ key }) => key)).toEqual(['2026-11-20', '2026-11-21'])
})

test('the line "new" starts a new group', () => {
  const messages = [
    message(1, 'bob', '20T12:00:00'),
    message(2, 'bob', '20T12:00:01'),
    message(3, 'bob', '20T12:00:02'),
  ]
  expect(keys(messages, [], 2)).toEqual([['s1', 's2 s3']])
  expect(days(messages, [], 2)[0]!.groups.map(({ startsNew }) => startsNew)).toEqual([false, true])
})

test('a message keeps its key when the server confirms it, and is never shown twice', () => {
  const before = keys([message(1, 'bob', '20T12:00:00')], [sending('c1', '20T12:01:00')])
  const both = [message(1, 'bob', '20T12:00:00'), message(2, 'ada', '20T12:01:00', 'c1')]
  expect(before).toEqual([['s1', 'c1']])
  expect(keys(both, [sending('c1', '20T12:01:00')])).toEqual(before)
  expect(keys(both)).toEqual(before)
})

test('a client ID of the other person is not used as a key', () => {
  expect(keys([message(1, 'bob', '20T12:00:00', 'c1')], [sending('c1', '20T12:01:00')])).toEqual([
    ['s1', 'c1'],
  ])
})

test("a message that is being sent is last, even if the browser's clock is behind", () => {
  expect(keys([message(1, 'ada', '20T12:00:00')], [sending('c1', '18T12:00:00')])).toEqual([['s1 c1']])
})

test('a day does not appear twice when the clock was set back', () => {
  expect(keys([message(1, 'bob', '20T12:00:00'), message(2, 'bob', '19T12:00:00')])).toEqual([['s1', 's2']])
})

test('one more message keeps the objects of all other days and groups', () => {
  const group = createGrouping()
  const source = { me: ada, outbox: [], zone: 'Europe/Berlin', newFrom: null }
  const messages = [
    message(1, 'ada', '22T12:00:00'),
    message(2, 'ada', '23T12:00:00'),
    message(3, 'bob', '23T12:01:00'),
  ]
  const before = group({ ...source, messages })
  expect(group({ ...source, messages: [...messages] })[1]).toBe(before[1]!)
  const after = group({ ...source, messages: [...messages, message(4, 'bob', '23T12:02:00')] })
  expect(after[0]).toBe(before[0]!)
  expect(after[1]).not.toBe(before[1]!)
  expect(after[1]!.groups[0]).toBe(before[1]!.groups[0]!)
  expect(after[1]!.groups[1]!.entries).toHaveLength(2)
})
