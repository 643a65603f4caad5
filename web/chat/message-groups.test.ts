import { expect, test } from 'bun:test'
import fc from 'fast-check'
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

test('a message keeps its key when the server confirms it', () => {
  const before = keys([message(1, 'bob', '20T12:00:00')], [sending('c1', '20T12:01:00')])
  const after = [message(1, 'bob', '20T12:00:00'), message(2, 'ada', '20T12:01:00', 'c1')]
  expect(before).toEqual([['s1', 'c1']])
  expect(keys(after)).toEqual(before)
})

test('a client ID of the other person is not used as a key', () => {
  expect(keys([message(1, 'bob', '20T12:00:00', 'c1')])).toEqual([['s1']])
})

test("a message that is being sent is last, even if the browser's clock is behind", () => {
  expect(keys([message(1, 'ada', '20T12:00:00')], [sending('c1', '18T12:00:00')])).toEqual([['s1 c1']])
})

test('a day does not appear twice when the clock was set back', () => {
  expect(keys([message(1, 'bob', '20T12:00:00'), message(2, 'bob', '19T12:00:00')])).toEqual([['s1', 's2']])
})

test.each([
  { what: 'in the last group', next: message(4, 'bob', '23T12:02:00'), kept: [1, 0] },
  { what: 'in a new group', next: message(4, 'ada', '23T12:02:00'), kept: [1, 1] },
  { what: 'on a new day', next: message(4, 'ada', '24T12:00:00'), kept: [1, 1] },
])(
  'one more message $what keeps the objects of all other days and groups',
  ({ next, kept: [day, group] }) => {
    const groupDays = createGrouping()
    const source = { me: ada, outbox: [], zone: 'Europe/Berlin', newFrom: null }
    const messages = [
      message(1, 'ada', '22T12:00:00'),
      message(2, 'ada', '23T12:00:00'),
      message(3, 'bob', '23T12:01:00'),
    ]
    const before = groupDays({ ...source, messages })
    expect(groupDays({ ...source, messages: [...messages] })).toEqual(before)
    const after = groupDays({ ...source, messages: [...messages, next] })
    expect(after).not.toEqual(before)
    expect(after[0]).toBe(before[0]!)
    expect(after[day!]!.groups[group!]).toBe(before[day!]!.groups[group!]!)
    expect(after[1] === before[1]).toBe(after.length > before.length)
  },
)

test('the result does not depend on the calls before', () => {
  // Around midnight.
  const minutes = fc.integer({ min: 0, max: 40 })
  const written = fc.record({ minutes, own: fc.boolean(), clientId: fc.boolean() })
  const change = fc.oneof(
    fc.record({ kind: fc.constant('append' as const), written }),
    fc.record({ kind: fc.constant('prepend' as const), written }),
    fc.record({ kind: fc.constant('edit' as const), at: fc.nat(20) }),
    fc.record({ kind: fc.constant('trim' as const), count: fc.nat(5) }),
    fc.record({ kind: fc.constant('send' as const), minutes }),
    fc.record({ kind: fc.constant('new' as const), seq: fc.nat(40) }),
  )
  const at = (minutes: number) =>
    new Date(Date.UTC(2026, 10, 20, 22, 40 + minutes)).toISOString().slice(8, 19)
  fc.assert(
    fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
      const group = createGrouping()
      let [first, last] = [1000, 1000]
      const source = { me: ada, zone: 'Europe/Berlin', newFrom: null as number | null }
      let messages: MessageView[] = []
      let outbox: Outgoing[] = []
      const stored = (
        seq: number,
        { minutes, own, clientId }: { minutes: number; own: boolean; clientId: boolean },
      ) => message(seq, own ? 'ada' : 'bob', at(minutes), clientId ? `c${seq}` : null)
      for (const change of changes) {
        if (change.kind === 'append') messages = [...messages, stored(last++, change.written)]
        if (change.kind === 'prepend') messages = [stored(--first, change.written), ...messages]
        if (change.kind === 'edit')
          messages = messages.map((message, n) =>
            n === change.at ? { ...message, body: 'edited' } : message,
          )
        if (change.kind === 'trim') messages = messages.slice(change.count)
        if (change.kind === 'send') outbox = outbox.length ? [] : [sending('o1', at(change.minutes))]
        if (change.kind === 'new') source.newFrom = 990 + change.seq
        const now = { ...source, messages, outbox }
        expect(group(now)).toEqual(groupByDay(now))
      }
    }),
  )
})
