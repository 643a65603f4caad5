import { expect, test } from 'bun:test'
import { eventStream, webSocket } from './transport.ts'

/** Plays WebSocket and EventSource: the last one opened is `latest`. */
class FakeConnection extends EventTarget {
  static latest: FakeConnection
  onmessage: ((event: { data: string }) => void) | null = null
  onclose: ((event: { code: number }) => void) | null = null
  onerror: (() => void) | null = null
  closed = false

  constructor(readonly url: string) {
    super()
    FakeConnection.latest = this
  }

  close(): void {
    this.closed = true
    this.onclose?.({ code: 1005 })
  }
}

function play() {
  const told: unknown[] = []
  return {
    told,
    on: { frame: (json: string) => told.push(json), end: (code?: number) => told.push(code ?? 'end') },
  }
}

test('A WebSocket hands over its frames, and the code with which it closes', () => {
  const { told, on } = play()
  webSocket('ws://localhost/api/v1/events', FakeConnection as never)(on)
  const { latest } = FakeConnection
  latest.onmessage?.({ data: '{"type":"ready"}' })
  latest.onclose?.({ code: 4401 })
  expect(latest.url).toBe('ws://localhost/api/v1/events')
  expect(told).toEqual(['{"type":"ready"}', 4401])
})

test('A WebSocket that is closed from here does not tell of its end', () => {
  const { told, on } = play()
  webSocket('ws://localhost', FakeConnection as never)(on)()
  expect(FakeConnection.latest.closed).toBe(true)
  expect(told).toEqual([])
})

test('An event stream hands over every type of event, the beat too, and ends at its first error', () => {
  const { told, on } = play()
  const close = eventStream('/api/v1/events', FakeConnection as never)(on)
  const { latest } = FakeConnection
  for (const type of ['ready', 'message', 'read', 'heartbeat', 'unknown']) {
    latest.dispatchEvent(new MessageEvent(type, { data: type }))
  }
  latest.onerror?.()
  close()
  expect(told).toEqual(['ready', 'message', 'read', 'heartbeat', 'end'])
  expect(latest.closed).toBe(true)
})
