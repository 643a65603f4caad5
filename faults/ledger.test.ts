import { expect, test } from 'bun:test'
import { type Evidence, type Found, Ledger, overheard } from './ledger.ts'

/** Ada says a, then, once that is acknowledged, b; Ben says c, whose answer is lost. */
function said() {
  const ledger = new Ledger()
  const say = (clientId: string, from: string, to: string) =>
    ledger.sending(clientId, { from, to, body: `text ${clientId}` })
  say('a', 'ada', 'ben')
  ledger.acknowledge('a', { seq: 1 })
  say('b', 'ada', 'ben')
  ledger.acknowledge('b', { seq: 2 })
  say('c', 'ben', 'ada')
  return ledger
}

const found = (clientId: string, seq: number): Found => {
  const sender = clientId === 'c' ? 'ben' : 'ada'
  return { seq, sender, clientId, body: `text ${clientId}` }
}
const [a, b, c] = [found('a', 1), found('b', 2), found('c', 3)]

/** Everybody has the same, unless told otherwise. */
function rules(
  stored: Found[],
  { ada = stored, ben = stored, settled = stored.length } = {},
  ledger = said(),
) {
  const evidence: Evidence = {
    between: ['ada', 'ben'],
    stored,
    settled,
    shown: new Map(Object.entries({ ada, ben })),
  }
  return [...new Set(ledger.check(evidence).map(({ rule }) => rule))]
}

test('finds nothing where every acknowledged message is everywhere once', () => {
  expect(rules([a, b])).toEqual([])
})

test('finds nothing where a message whose answer was lost has landed once', () => {
  expect(rules([a, b, c])).toEqual([])
})

test('finds nothing where a client is still to be told what landed just now', () => {
  expect(rules([a, b, c], { ben: [a, b], settled: 2 })).toEqual([])
})

test('finds an acknowledged message that the database has lost', () => {
  expect(rules([a])).toContain('lost')
})

test('finds an acknowledged message that one client does not show', () => {
  expect(rules([a, b], { ben: [a] })).toContain('lost')
})

test('finds a message that one client never learnt of although its answer was lost', () => {
  expect(rules([a, b, c], { ada: [a, b] })).toContain('lost')
})

test('finds what a client shows and the database does not have', () => {
  expect(rules([a, b], { ben: [a, b, c] })).toContain('out of order')
})

test('finds a message that landed twice', () => {
  expect(rules([a, b, found('a', 3)])).toContain('doubled')
  expect(rules([a, b, c, found('c', 4)])).toContain('doubled')
})

test('finds a message that a client shows twice', () => {
  expect(rules([a, b], { ada: [a, b, b] })).toContain('doubled')
})

test('finds two messages that were stored in another order than they were said', () => {
  const swapped = [found('b', 1), found('a', 2)]
  expect(rules(swapped)).toContain('out of order')
  // Also where the answers agree with the order in which they were stored.
  const ledger = new Ledger()
  ledger.sending('a', { from: 'ada', to: 'ben', body: 'text a' })
  ledger.acknowledge('a', { seq: 2 })
  ledger.sending('b', { from: 'ada', to: 'ben', body: 'text b' })
  ledger.acknowledge('b', { seq: 1 })
  expect(rules(swapped, {}, ledger)).toContain('out of order')
})

test('finds nothing where two messages that were under way together landed either way', () => {
  for (const stored of [
    [a, found('b', 2)],
    [found('b', 1), found('a', 2)],
  ]) {
    const ledger = new Ledger()
    for (const { clientId } of stored)
      ledger.sending(clientId!, { from: 'ada', to: 'ben', body: `text ${clientId}` })
    for (const { clientId, seq } of stored.toReversed()) ledger.acknowledge(clientId!, { seq })
    expect(rules(stored, {}, ledger)).toEqual([])
  }
})

test('finds a client that shows another order than is stored', () => {
  expect(rules([a, b], { ben: [b, a] })).toContain('out of order')
})

test('finds a gap, and an answer that named another place', () => {
  expect(rules([a, b, found('c', 4)])).toContain('out of order')
  expect(rules([c, a, b].map((message, index) => ({ ...message, seq: index + 1 })))).toContain('out of order')
})

test('finds what nobody sent: another text, another sender, another conversation', () => {
  expect(rules([a, { ...b, body: 'text' }])).toContain('invented')
  expect(rules([a, { ...b, sender: 'ben' }])).toContain('invented')
  const ledger = said()
  ledger.sending('d', { from: 'ada', to: 'eve', body: 'text d' })
  expect(rules([a, b, found('d', 3)], {}, ledger)).toContain('invented')
})

test('finds what a third person was told, and nothing in what was for them', () => {
  const told = [{ with: 'ada', seq: 1 }]
  expect(overheard('ben', ['ada'], told)).toEqual([])
  expect(overheard('eve', [], told)).toEqual([
    { rule: 'leaked', what: 'eve was told of {"with":"ada","seq":1}' },
  ])
})
