import { describe, expect, test } from 'bun:test'
import { FakeClock, pending } from '../../test/support/page-fakes.ts'
import { ApiError, createApi, isRetryable, NetworkError } from './api.ts'

function setup(answer: (path: string, init: RequestInit) => Response | Promise<Response>) {
  const clock = new FakeClock()
  const calls: { path: string; init: RequestInit }[] = []
  let signedOut = 0
  const api = createApi({
    fetch: async (path, init) => {
      calls.push({ path, init })
      return answer(path, init)
    },
    clock,
    onSignedOut: () => signedOut++,
  })
  return { api, clock, calls, signedOut: () => signedOut }
}

const problem = (status: number, headers = {}) => Response.json({ detail: 'no' }, { status, headers })
const caught = (promise: Promise<unknown>) => promise.then(() => null).catch((error: unknown) => error)

describe('An API request', () => {
  test('uses the documented path and parses JSON', async () => {
    const { api, calls } = setup(() => Response.json({ results: [], version: 7, more: false }))
    expect(await api.changes('b.b', 7)).toMatchObject({ version: 7 })
    await api.earlier('bob', 16)
    expect(calls.map(({ path }) => path)).toEqual([
      '/api/v1/conversations/b.b/changes?since=7',
      '/api/v1/conversations/bob/messages?before=16&limit=50',
    ])
  })

  test('sends a message as JSON, with keepalive for a page that is being left', async () => {
    const { api, calls } = setup(() => Response.json({ seq: 1 }, { status: 201 }))
    await api.send('bob', { body: 'hello', clientId: 'a' })
    expect(calls[0]).toMatchObject({
      path: '/api/v1/conversations/bob/messages',
      init: { method: 'POST', keepalive: true, body: '{"body":"hello","clientId":"a"}' },
    })
  })

  test('accepts a response without a body to a read mark', async () => {
    const { api, calls } = setup(() => new Response(null, { status: 204 }))
    expect(await api.read('bob', 3)).toBeUndefined()
    expect(calls[0]).toMatchObject({ path: '/api/v1/conversations/bob/read', init: { method: 'PUT' } })
  })

  test('fetches a part of a page as htmx does', async () => {
    const { api, calls } = setup(() => new Response('<ul></ul>'))
    expect(await api.fragment('/conversations')).toBe('<ul></ul>')
    expect(calls[0]?.init.headers).toMatchObject({ 'hx-request': 'true', accept: 'text/html' })
  })

  test('times out even if fetch ignores the abort', async () => {
    const { api, clock } = setup(() => pending<Response>().promise)
    const failure = caught(api.changes('bob', 0))
    await clock.pass(15_000)
    expect(await failure).toBeInstanceOf(NetworkError)
  })

  test('is aborted after 15 s without a response', async () => {
    const { api, clock } = setup((_, { signal }) => {
      const never = pending<Response>()
      signal?.addEventListener('abort', () => never.reject(signal.reason))
      return never.promise
    })
    const failure = caught(api.changes('bob', 0))
    await clock.pass(15_000)
    expect(await failure).toBeInstanceOf(NetworkError)
  })

  test('fails with a network error when a captive portal responds with HTML', async () => {
    const { api } = setup(() => new Response('<h1>Welcome to our Wi-Fi</h1>'))
    expect(await caught(api.send('bob', { body: 'hello', clientId: 'a' }))).toBeInstanceOf(NetworkError)
  })

  test('rejects with the problem document and the time to wait', async () => {
    const soon = (await caught(setup(() => problem(429, { 'retry-after': '7' })).api.session())) as ApiError
    expect(soon).toMatchObject({ status: 429, problem: { detail: 'no' }, retryAfter: 7000 })
    const date = new Date(new FakeClock().now() + 9000).toUTCString()
    const later = (await caught(setup(() => problem(503, { 'retry-after': date })).api.session())) as ApiError
    expect(later.retryAfter).toBe(9000)
    const bare = (await caught(setup(() => new Response('nginx', { status: 502 })).api.session())) as ApiError
    expect(bare).toMatchObject({ status: 502, problem: {}, retryAfter: 0 })
  })

  test('calls onSignedOut at a 401', async () => {
    const { api, signedOut } = setup(() => problem(401))
    expect(await caught(api.session())).toBeInstanceOf(ApiError)
    expect(signedOut()).toBe(1)
  })
})

test('Errors that a later retry may resolve are retryable', () => {
  const apiError = (status: number) => new ApiError(status, {}, 0)
  expect([401, 408, 425, 429, 500, 502, 503, 504].every((status) => isRetryable(apiError(status)))).toBe(true)
  expect([400, 403, 404, 409, 413, 415, 422].some((status) => isRetryable(apiError(status)))).toBe(false)
  expect(isRetryable(new NetworkError())).toBe(true)
})
