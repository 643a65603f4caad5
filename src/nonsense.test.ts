import { afterAll, describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { paths } from '../web/paths.ts'
import { backends, openChat } from './testing/chat.ts'
import type { Person } from './testing/person.ts'

/** Stands in everything that is sent, and must stand in nothing that comes back. */
const MARK = 'zQxJ'

const nasty = fc
  .oneof(
    fc.constantFrom(
      '',
      ' ',
      '\0',
      '\r\nset-cookie: a=b',
      '../../etc/passwd',
      '//',
      '__proto__',
      'constructor',
      '-1',
      '1e999',
      '9'.repeat(40),
      'NaN',
      "' or 1=1 --",
      '<script>alert(1)</script>',
      '{{7*7}}',
      '\u202e💥\u0301',
      '\uffff',
      'x'.repeat(3000),
    ),
    fc.string({ unit: 'binary', maxLength: 50 }),
  )
  .chain((text) => fc.constantFrom(`${MARK}${text}`, `${text}${MARK}`))

/** As it stands in a path or a query: escaped, escaped wrongly, or bytes that are no text. */
const escaped = fc.oneof(
  nasty.map(encodeURIComponent),
  nasty.map((text) => `${text.replace(/[^!-~]|[?#]/g, '')}%`),
  fc.constantFrom('%00', '%ED%A0%80', '%C0%80', '%zz', '%', '%2e%2e%2f').map((bytes) => `${MARK}${bytes}`),
)

const fields = fc.constantFrom(
  ...['username', 'password', 'displayName', 'email', 'body', 'clientId', 'seq', 'before', 'after', 'since'],
  ...['limit', 'cursor', 'search', 'next', 'token', 'role', 'id', '__proto__', 'constructor', MARK],
)
const json = fc.oneof(
  { weight: 3, arbitrary: nasty },
  fc.constantFrom(null, true, -1, 0, 1e308, [], {}, [[MARK]], { toString: MARK }, '\ud800', '\0'),
  fc.jsonValue(),
)
const body = fc.oneof(
  { weight: 4, arbitrary: fc.dictionary(fields, json).map((value) => JSON.stringify(value)) },
  json.map((value) => JSON.stringify(value)),
  nasty,
  fc.uint8Array({ maxLength: 60 }),
)
const type = fc.oneof(
  { weight: 4, arbitrary: fc.constant('application/json') },
  fc.constantFrom('application/x-www-form-urlencoded', 'text/plain', `x/${MARK}`),
)

describe.each(backends)('nonsense, on $name', async (backend) => {
  const chat = await openChat(backend, { env: { RATE_LIMITS: 'off' } })
  afterAll(() => chat.close())
  const ada = await chat.signUp('ada')
  await ada.say(ada, 'hello')

  /** Sends it; whatever it is, the server has no fault, and does not repeat it where a program asked. */
  const send = async (person: Person, path: string, init: RequestInit = {}) => {
    const leaving = new AbortController()
    const response = await person.fetch(path, { ...init, signal: leaving.signal })
    const { status, headers } = response
    if (headers.get('content-type') === 'text/event-stream') return leaving.abort()
    const text = await response.text()
    expect(status).toBeLessThan(500)
    if (status < 400 || !path.startsWith(paths.api.root)) return
    expect(headers.get('content-type')).toBe('application/problem+json')
    expect(JSON.parse(text).status).toBe(status)
    expect(text + [...headers].join()).not.toContain(MARK)
  }
  const routes = chat.app.routes.map(({ method, path }) => ({ method, path }))
  const methods = fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', MARK)

  test('on any path is answered with a problem, never with a fault or with what was sent', async () => {
    const request = fc.record({
      route: fc.constantFrom(...routes),
      segment: fc.oneof(fc.constant('ada'), escaped),
      query: fc.dictionary(fields, escaped, { maxKeys: 3 }),
      body,
      type,
      signedIn: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(request, async ({ route, segment, query, body, type, signedIn }) => {
        const path = route.path.replace(/:\w+|\*/g, () => segment)
        const search = Object.entries(query).map((entry) => entry.join('='))
        await send(signedIn ? ada : chat.stranger(), `${path}?${search.join('&')}`, {
          method: route.method,
          ...(!/GET|HEAD/.test(route.method) && { body: body as string, headers: { 'content-type': type } }),
        })
        // Whatever it was, it neither signed ada out nor stopped the server.
        if (route.method === 'DELETE' || route.path === paths.signOut) await ada.signIn('ada')
      }),
      { numRuns: 400 },
    )
    expect((await ada.get(paths.api.session)).status).toBe(200)
  }, 30_000)

  test('paths and methods are not found', async () => {
    await fc.assert(
      fc.asyncProperty(methods, escaped, async (method, segment) => {
        const body = /GET|HEAD/.test(method)
          ? {}
          : { body: '{}', headers: { 'content-type': 'application/json' } }
        await send(ada, `${paths.api.root}/${segment}`, { method, ...body })
        await send(ada, `/${segment}`, { method, ...body })
      }),
      { numRuns: 100 },
    )
    for (const [method, path] of [
      ['GET', `${paths.api.root}/nothing`],
      ['PATCH', paths.api.session],
      ['GET', `${paths.api.session}/x`],
      ['DELETE', paths.api.messages('ada')],
      ['GET', '/api/v2/session'],
    ] as const) {
      const { status, headers } = await ada.fetch(path, { method })
      expect([status, headers.get('content-type')]).toEqual([404, 'application/problem+json'])
    }
  })
})
