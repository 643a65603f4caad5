import { expect, test } from 'bun:test'
import { eventStream, webSocket } from './transport.ts'

/** A fake WebSocket and EventSource; `latest` is the last one opened. */
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

function setup() {
  const log: unknown[] = []
  return {
    log,
    on: { frame: (json: string) => log.push(json), end: (code?: number) => log.push(code ?? 'end') },
  }
}

test('A WebSocket passes on its frames and its close code', () => {
  const { log, on } = setup()
  webSocket('ws://localhost/api/v1/events', FakeConnection as never)(on)
  const { latest } = FakeConnection
  latest.onmessage?.({ data: '{"type":"ready"}' })
  latest.onclose?.({ code: 4401 })
  expect(latest.url).toBe('ws://localhost/api/v1/events')
  expect(log).toEqual(['{"type":"ready"}', 4401])
})

test('A WebSocket that is closed by the client does not call `end`', () => {
  const { log, on } = setup()
  webSocket('ws://localhost', FakeConnection as never)(on)()
  expect(FakeConnection.latest.closed).toBe(true)
  expect(log).toEqual([])
})

test('An event stream passes on every type of event, including heartbeats, and ends at its first error', () => {
  const { log, on } = setup()
  const close = eventStream('/api/v1/events', FakeConnection as never)(on)
  const { latest } = FakeConnection
  for (const type of ['ready', 'message', 'read', 'heartbeat', 'unknown']) {
    latest.dispatchEvent(new MessageEvent(type, { data: type }))
  }
  latest.onerror?.()
  close()
  expect(log).toEqual(['ready', 'message', 'read', 'heartbeat', 'end'])
  expect(latest.closed).toBe(true)
})
