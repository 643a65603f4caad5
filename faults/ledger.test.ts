import { expect, test } from 'bun:test'
import { type Evidence, type Found, Ledger, leaked } from './ledger.ts'

/** Ada sends a and, once it is acknowledged, b. Ben sends c, whose response is lost. */
function sentMessages() {
  const ledger = new Ledger()
  const send = (clientId: string, from: string, to: string) =>
    ledger.sending(clientId, { from, to, body: `text ${clientId}` })
  send('a', 'ada', 'ben')
  ledger.acknowledge('a', { seq: 1 })
  send('b', 'ada', 'ben')
  ledger.acknowledge('b', { seq: 2 })
  send('c', 'ben', 'ada')
  return ledger
}

const found = (clientId: string, seq: number): Found => {
  const sender = clientId === 'c' ? 'ben' : 'ada'
  return { seq, sender, clientId, body: `text ${clientId}` }
}
const [a, b, c] = [found('a', 1), found('b', 2), found('c', 3)]

/** Returns the violated rules. Unless overridden, both clients show what is stored. */
function brokenRules(
  stored: Found[],
  { ada = stored, ben = stored, settled = stored.length } = {},
  ledger = sentMessages(),
) {
  const evidence: Evidence = {
    between: ['ada', 'ben'],
    stored,
    settled,
    shown: new Map(Object.entries({ ada, ben })),
  }
  return [...new Set(ledger.check(evidence).map(({ rule }) => rule))]
}

test('accepts acknowledged messages that appear everywhere exactly once', () => {
  expect(brokenRules([a, b])).toEqual([])
})

test('accepts a message whose response was lost and that was stored once', () => {
  expect(brokenRules([a, b, c])).toEqual([])
})

test('accepts a client that does not show a newly stored message yet', () => {
  expect(brokenRules([a, b, c], { ben: [a, b], settled: 2 })).toEqual([])
})

test('reports an acknowledged message that is missing from the database', () => {
  expect(brokenRules([a])).toContain('lost')
})

test('reports an acknowledged message that one client does not show', () => {
  expect(brokenRules([a, b], { ben: [a] })).toContain('lost')
})

test('reports a stored message without a response that one client does not show', () => {
  expect(brokenRules([a, b, c], { ada: [a, b] })).toContain('lost')
})

test('reports a message that a client shows but the database does not have', () => {
  expect(brokenRules([a, b], { ben: [a, b, c] })).toContain('out of order')
})

test('reports a message that was stored twice', () => {
  expect(brokenRules([a, b, found('a', 3)])).toContain('duplicated')
  expect(brokenRules([a, b, c, found('c', 4)])).toContain('duplicated')
})

test('reports a message that a client shows twice', () => {
  expect(brokenRules([a, b], { ada: [a, b, b] })).toContain('duplicated')
})

test('reports two messages that were stored in a different order than they were sent', () => {
  const swapped = [found('b', 1), found('a', 2)]
  expect(brokenRules(swapped)).toContain('out of order')
  // Even if the responses agree with the stored order.
  const ledger = new Ledger()
  ledger.sending('a', { from: 'ada', to: 'ben', body: 'text a' })
  ledger.acknowledge('a', { seq: 2 })
  ledger.sending('b', { from: 'ada', to: 'ben', body: 'text b' })
  ledger.acknowledge('b', { seq: 1 })
  expect(brokenRules(swapped, {}, ledger)).toContain('out of order')
})

test('accepts either order of two concurrent messages', () => {
  for (const stored of [
    [a, found('b', 2)],
    [found('b', 1), found('a', 2)],
  ]) {
    const ledger = new Ledger()
    for (const { clientId } of stored)
      ledger.sending(clientId!, { from: 'ada', to: 'ben', body: `text ${clientId}` })
    for (const { clientId, seq } of stored.toReversed()) ledger.acknowledge(clientId!, { seq })
    expect(brokenRules(stored, {}, ledger)).toEqual([])
  }
})

test('reports a client that shows a different order than is stored', () => {
  expect(brokenRules([a, b], { ben: [b, a] })).toContain('out of order')
})

test('reports a gap and a response with a different seq', () => {
  expect(brokenRules([a, b, found('c', 4)])).toContain('out of order')
  expect(brokenRules([c, a, b].map((message, index) => ({ ...message, seq: index + 1 })))).toContain(
    'out of order',
  )
})

test('reports messages that were never sent: another text, sender or conversation', () => {
  expect(brokenRules([a, { ...b, body: 'text' }])).toContain('invented')
  expect(brokenRules([a, { ...b, sender: 'ben' }])).toContain('invented')
  const ledger = sentMessages()
  ledger.sending('d', { from: 'ada', to: 'eve', body: 'text d' })
  expect(brokenRules([a, b, found('d', 3)], {}, ledger)).toContain('invented')
})

test('reports events received by a third person, but not by members', () => {
  const events = [{ with: 'ada', seq: 1 }]
  expect(leaked('ben', ['ada'], events)).toEqual([])
  expect(leaked('eve', [], events)).toEqual([{ rule: 'leaked', what: 'eve received {"with":"ada","seq":1}' }])
})
