import { expect, test } from 'bun:test'
import { openLog } from '../process/log.ts'
import { subscribeTo, type TelemetryEvents } from '../process/telemetry.ts'
import { cookieNames } from './cookies.ts'
import { withRequestContext } from './request-context.ts'

test('a request that fails without a response is logged and emitted as completed', async () => {
  const finished: TelemetryEvents['chatapp:request'][] = []
  const lines: string[] = []
  const log = await openLog({ logLevel: 'info' }, { write: (line) => void lines.push(line) })
  const unsubscribe = subscribeTo('chatapp:request', (event) => void finished.push(event))
  const cookies = cookieNames({ origin: 'http://localhost' })
  const context = { log, address: '127.0.0.1', device: null, upgrade: undefined, cookies }
  const failure = new Error('no response')
  const request = new Request('http://localhost/')
  await expect(withRequestContext(request, context, () => Promise.reject(failure))).rejects.toBe(failure)
  const thrown = () => {
    throw failure
  }
  await expect(withRequestContext(request, context, thrown)).rejects.toBe(failure)
  unsubscribe()
  const expected = { method: 'GET', route: null, status: 500, ms: expect.any(Number) }
  expect(finished).toEqual([expected, expected])
  expect(lines).toHaveLength(2)
})
