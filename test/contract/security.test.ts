import { afterAll, describe, expect, test } from 'bun:test'
import { BODY_BYTES } from '../../src/http/request-body.ts'
import { paths } from '../../web/paths.ts'
import { backends, openChat } from '../support/chat.ts'
import { rowsOf } from '../support/unrelated-users.ts'

describe.each(backends)('on $name,', async (backend) => {
  const plain = await openChat(backend, { env: { ORIGIN: 'http://chat.example.org' } })
  const secure = await openChat(backend, { env: { ORIGIN: 'https://chat.example.org' } })
  afterAll(async () => {
    await plain.close()
    await secure.close()
  })

  describe('another site', async () => {
    const ada = { plain: await plain.signUp('ada'), secure: await secure.signUp('ada') }
    /** Returns the status of a request as a browser would send it. */
    const send = async (which: 'plain' | 'secure', method: string, headers: Record<string, string>) =>
      (
        await ada[which].fetch(paths.api.messages('ada'), {
          method,
          headers: {
            authorization: `Bearer ${ada[which].token}`,
            host: 'chat.example.org',
            'content-type': 'application/json',
            ...headers,
          },
          ...(method === 'POST' && { body: '{"body":"hello"}' }),
        })
      ).status

    const foreign = {
      'a foreign origin': 'https://evil.example.com',
      'the origin null': 'null',
      'an origin with our origin as its prefix': 'https://chat.example.org.evil.com',
      'an origin with our origin as its suffix': 'https://evilchat.example.org',
      'a subdomain of our origin': 'https://a.chat.example.org',
      'our host on another port': 'https://chat.example.org:8443',
      'our host as the user name of a URL': 'https://chat.example.org@evil.com',
      'an empty origin': '',
      'an origin without a scheme': 'chat.example.org',
    }
    test.each(Object.entries(foreign))('with %s cannot send unsafe requests', async (_, origin) => {
      expect(await send('secure', 'POST', { origin })).toBe(403)
      expect(await send('plain', 'POST', { origin: origin.replace('https:', 'http:') })).toBe(403)
      expect(await send('secure', 'POST', { origin, 'sec-fetch-site': 'same-origin' })).toBe(403)
    })

    test('without an Origin header is detected by Sec-Fetch-Site', async () => {
      for (const which of ['plain', 'secure'] as const) {
        for (const site of ['cross-site', 'same-site', 'nonsense', '']) {
          expect(await send(which, 'POST', { 'sec-fetch-site': site })).toBe(403)
        }
      }
    })

    test('gets a 403 without CORS headers', async () => {
      const response = await ada.secure.fetch(paths.api.session, {
        method: 'DELETE',
        headers: { origin: 'https://evil.example.com', authorization: `Bearer ${ada.secure.token}` },
      })
      expect(response.status).toBe(403)
      expect(response.headers.get('content-type')).toBe('application/problem+json')
      expect(response.headers.get('access-control-allow-origin')).toBeNull()
      expect((await ada.secure.get(paths.api.session)).status).toBe(200)
    })

    test('cannot use unsafe methods, even on unknown paths', async () => {
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
        for (const path of [paths.api.users, paths.api.session, paths.signIn, paths.signOut, '/nowhere']) {
          const response = await ada.secure.fetch(path, {
            method,
            headers: { origin: 'https://evil.example.com' },
          })
          expect(response.status).toBe(403)
        }
      }
    })

    test('cannot change anything, even with the session cookie', async () => {
      const cookie = `__Host-session=${ada.secure.token}`
      const before = await rowsOf(secure, [ada.secure])
      const unsafe = secure.app.routes.filter(({ method }) => !/^(GET|HEAD|OPTIONS)$/.test(method))
      expect(unsafe.length).toBeGreaterThan(30)
      for (const { method, path } of unsafe) {
        for (const from of [
          { origin: 'https://evil.example.com' },
          { 'sec-fetch-site': 'cross-site' },
        ] as const) {
          const headers = { cookie, 'content-type': 'application/x-www-form-urlencoded', ...from } as Record<
            string,
            string
          >
          const there = path.replace(/:\w+/g, 'ada')
          const { status } = await secure.stranger().fetch(there, { method, headers, body: 'username=ada' })
          expect(`${method} ${path} ${status}`).toEndWith(' 403')
        }
      }
      expect(await rowsOf(secure, [ada.secure])).toEqual(before)
    })

    test('may link to pages', async () => {
      expect(
        await send('secure', 'GET', { origin: 'https://evil.example.com', 'sec-fetch-site': 'cross-site' }),
      ).toBe(200)
    })

    test('is distinguished from our own origin and from other clients than browsers', async () => {
      expect(await send('secure', 'POST', { origin: 'https://chat.example.org' })).toBe(201)
      expect(await send('secure', 'POST', {})).toBe(201)
      for (const site of ['same-origin', 'none']) {
        expect(await send('secure', 'POST', { 'sec-fetch-site': site })).toBe(201)
      }
    })

    test('is any host other than the requested one without TLS, so a machine may have several names', async () => {
      expect(await send('plain', 'POST', { origin: 'http://10.0.0.7:3000', host: '10.0.0.7:3000' })).toBe(201)
      expect(await send('plain', 'POST', { origin: 'http://10.0.0.7:3000', host: '10.0.0.7' })).toBe(403)
      expect(await send('plain', 'POST', { origin: 'null', host: 'null' })).toBe(403)
      expect(await send('secure', 'POST', { origin: 'https://10.0.0.7', host: '10.0.0.7' })).toBe(403)
    })
  })

  describe('every response', () => {
    const requests: [string, RequestInit?][] = [
      [paths.api.session],
      [paths.api.users, { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } }],
      ['/nowhere'],
      [paths.live],
      [paths.signIn, { headers: { accept: 'text/html' } }],
      [paths.signIn, { method: 'POST', headers: { origin: 'https://evil.example.com' } }],
    ]
    test.each(requests)('forbids foreign scripts, frames and MIME sniffing: %s', async (path, init) => {
      const { headers } = await secure.stranger().fetch(path, init)
      const policy = Object.fromEntries(
        headers
          .get('content-security-policy')!
          .split('; ')
          .map((directive) => [directive.split(' ')[0], directive.split(' ').slice(1).join(' ')]),
      )
      expect(policy).toMatchObject({
        'default-src': "'none'",
        'script-src': "'self'",
        'style-src': "'self'",
        'object-src': "'none'",
        'base-uri': "'none'",
        'form-action': "'self'",
        'frame-ancestors': "'none'",
      })
      expect(headers.get('content-security-policy')).not.toMatch(/unsafe|\*|http:/)
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('referrer-policy')).toBe('same-origin')
      expect(headers.get('strict-transport-security')).toMatch(/^max-age=\d{8}; includeSubDomains$/)
    })

    test('of the API is not cached', async () => {
      const ada = await secure.signUp('cached')
      for (const path of [
        paths.api.session,
        paths.api.users,
        paths.api.messages('cached'),
        '/api/v1/nothing',
      ]) {
        expect((await ada.get(path)).headers.get('cache-control')).toBe('no-store')
      }
    })

    test('of a page, a redirect or a form is not cached', async () => {
      const ada = await secure.signUp('uncached')
      const form = { method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' } }
      for (const [path, status, init] of [
        [paths.home, 200],
        [paths.settings, 200],
        [paths.people, 200],
        ['/nowhere', 404],
        [paths.signOut, 303, { ...form, body: '' }],
        [paths.home, 303],
        [paths.codeSignIn, 303],
        [paths.live, 200],
      ] as [string, number, RequestInit?][]) {
        const authorization = `Bearer ${ada.token}`
        const response = await ada.fetch(path, {
          ...init,
          headers: { accept: 'text/html', authorization, ...init?.headers },
        })
        expect([path, response.status]).toEqual([path, status])
        expect(response.headers.get('cache-control')).toBe('no-store')
      }
    })

    test('has no HSTS header without TLS', async () => {
      const { headers } = await plain.stranger().fetch(paths.live)
      expect(headers.get('strict-transport-security')).toBeNull()
    })
  })

  describe('a body', () => {
    const json = { 'content-type': 'application/json' }
    const send = async (body: NonNullable<RequestInit['body']>, headers: Record<string, string> = json) =>
      (await plain.stranger().fetch(paths.api.session, { method: 'POST', headers, body })).status
    /** A body without Content-Length. */
    const streamed = (bytes: number) =>
      new ReadableStream<Uint8Array>({
        pull(controller) {
          controller.enqueue(new Uint8Array(1024).fill(32))
          bytes -= 1024
          if (bytes <= 0) controller.close()
        },
      })
    const credentials = JSON.stringify({ username: 'nobody', password: 'x' })

    test('can be JSON or a form, with a case-insensitive content type', async () => {
      expect(await send(credentials)).toBe(401)
      expect(await send(credentials, { 'content-type': 'Application/JSON; charset=UTF-8' })).toBe(401)
      expect(
        await send('username=nobody&password=x', { 'content-type': 'application/x-www-form-urlencoded' }),
      ).toBe(401)
    })

    test('of any other content type gets 415', async () => {
      for (const type of [
        'text/plain',
        'multipart/form-data; boundary=x',
        'application/xml',
        'application/json5',
        'x',
      ]) {
        expect(await send(credentials, { 'content-type': type })).toBe(415)
      }
    })

    test('is refused if too large, before it is fully read, with or without Content-Length', async () => {
      expect(await send(`${credentials}${' '.repeat(BODY_BYTES - credentials.length)}`)).toBe(401)
      expect(await send(`${credentials}${' '.repeat(BODY_BYTES - credentials.length + 1)}`)).toBe(413)
      expect(await send('x'.repeat(10_000_000))).toBe(413)
      expect(await send(streamed(BODY_BYTES * 2))).toBe(413)
      expect(await send(streamed(Infinity))).toBe(413)
    })

    test('is refused if it is not valid UTF-8 or JSON', async () => {
      for (const body of [
        new Uint8Array([0x22, 0xff, 0x22]),
        new Uint8Array([0xc0, 0x80]),
        '{',
        '{"a":1}}',
      ]) {
        expect(await send(body)).toBe(400)
      }
      expect(await send('')).toBe(422)
    })

    test('is refused quickly if nested too deeply', async () => {
      for (const depth of [17, 20_000]) {
        const nested = `${'['.repeat(depth)}${']'.repeat(depth)}`
        expect(await send(nested)).toBe(400)
        expect(await send(`{"username":${nested},"password":"x"}`)).toBe(400)
        expect(await send(`${'{"a":'.repeat(depth / 2)}1${'}'.repeat(depth / 2)}`)).toBeWithin(400, 423)
      }
      expect(await send(`${'['.repeat(16)}${']'.repeat(16)}`)).toBe(422)
    })

    test('is refused before it is parsed if it has too many values', async () => {
      const many = (value: string) => Array(600).fill(value).join(',')
      for (const list of [many('[]'), many('{}'), many('1'), many('"a"'), many('[1,{"a":2}]')])
        expect(await send(`{"username":[${list}]}`)).toBe(400)
      // Not even valid JSON: it was not parsed.
      expect(await send('['.repeat(600))).toBe(400)
      const keys = Array.from({ length: 600 }, (_, n) => `k${n}`)
      expect(await send(`{${keys.map((key) => `"${key}":1`).join()}}`)).toBe(400)
      const form = { 'content-type': 'application/x-www-form-urlencoded' }
      expect(await send(keys.map((key) => `${key}=1`).join('&'), form)).toBe(400)
      // Not even a field.
      expect(await send('&'.repeat(600), form)).toBe(400)
      expect(await send(`username=${'%26'.repeat(600)}&password=x`, form)).not.toBe(400)
      for (const text of [',[{'.repeat(1000), '"'.repeat(1000), '\\'.repeat(1000), `\\",${'['.repeat(900)}`])
        expect(await send(JSON.stringify({ username: text, password: 'x' }))).toBe(401)
    })

    test('is refused if it overrides toString', async () => {
      expect(await send('{"username":{"toString":"x"},"password":"x"}')).toBe(400)
      expect(await send('{"username":[[{"toString":1}]],"password":"x"}')).toBe(400)
    })
  })
})
