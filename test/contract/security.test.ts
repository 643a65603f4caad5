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
    /** The status of a request as a browser would send it. */
    const ask = async (which: 'plain' | 'secure', method: string, headers: Record<string, string>) =>
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
      'an origin of its own': 'https://evil.example.com',
      'the origin null': 'null',
      'an origin that begins like ours': 'https://chat.example.org.evil.com',
      'an origin that ends like ours': 'https://evilchat.example.org',
      'an origin below ours': 'https://a.chat.example.org',
      'our host on another port': 'https://chat.example.org:8443',
      'an origin with our host as its user': 'https://chat.example.org@evil.com',
      'an empty origin': '',
      nonsense: 'chat.example.org',
    }
    test.each(Object.entries(foreign))('with %s can not make a browser send anything', async (_, origin) => {
      expect(await ask('secure', 'POST', { origin })).toBe(403)
      expect(await ask('plain', 'POST', { origin: origin.replace('https:', 'http:') })).toBe(403)
      expect(await ask('secure', 'POST', { origin, 'sec-fetch-site': 'same-origin' })).toBe(403)
    })

    test('that leaves its origin out is known by Sec-Fetch-Site', async () => {
      for (const which of ['plain', 'secure'] as const) {
        for (const site of ['cross-site', 'same-site', 'nonsense', '']) {
          expect(await ask(which, 'POST', { 'sec-fetch-site': site })).toBe(403)
        }
      }
    })

    test('is told no more than that it is one, in an answer that it can not read', async () => {
      const response = await ada.secure.fetch(paths.api.session, {
        method: 'DELETE',
        headers: { origin: 'https://evil.example.com', authorization: `Bearer ${ada.secure.token}` },
      })
      expect(response.status).toBe(403)
      expect(response.headers.get('content-type')).toBe('application/problem+json')
      expect(response.headers.get('access-control-allow-origin')).toBeNull()
      expect((await ada.secure.get(paths.api.session)).status).toBe(200)
    })

    test('is refused every unsafe method, on paths that do not exist too', async () => {
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

    test('is refused all that changes anything, though the cookie comes with it', async () => {
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

    test('may link to us: reading is not refused', async () => {
      expect(
        await ask('secure', 'GET', { origin: 'https://evil.example.com', 'sec-fetch-site': 'cross-site' }),
      ).toBe(200)
    })

    test('is not our own, nor a client that is no browser', async () => {
      expect(await ask('secure', 'POST', { origin: 'https://chat.example.org' })).toBe(201)
      expect(await ask('secure', 'POST', {})).toBe(201)
      for (const site of ['same-origin', 'none']) {
        expect(await ask('secure', 'POST', { 'sec-fetch-site': site })).toBe(201)
      }
    })

    test('without TLS is every host but the one that was asked, so that a machine may have several names', async () => {
      expect(await ask('plain', 'POST', { origin: 'http://10.0.0.7:3000', host: '10.0.0.7:3000' })).toBe(201)
      expect(await ask('plain', 'POST', { origin: 'http://10.0.0.7:3000', host: '10.0.0.7' })).toBe(403)
      expect(await ask('plain', 'POST', { origin: 'null', host: 'null' })).toBe(403)
      expect(await ask('secure', 'POST', { origin: 'https://10.0.0.7', host: '10.0.0.7' })).toBe(403)
    })
  })

  describe('every answer', () => {
    const asked: [string, RequestInit?][] = [
      [paths.api.session],
      [paths.api.users, { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } }],
      ['/nowhere'],
      [paths.live],
      [paths.signIn, { headers: { accept: 'text/html' } }],
      [paths.signIn, { method: 'POST', headers: { origin: 'https://evil.example.com' } }],
    ]
    test.each(asked)('forbids scripts, frames and sniffing of others: %s', async (path, init) => {
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
      expect(headers.get('strict-transport-security')).toMatch(/^max-age=\d{8}/)
    })

    test('of the API is kept by nobody', async () => {
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

    test('says nothing of TLS where there is none', async () => {
      const { headers } = await plain.stranger().fetch(paths.live)
      expect(headers.get('strict-transport-security')).toBeNull()
    })
  })

  describe('a body', () => {
    const json = { 'content-type': 'application/json' }
    const send = async (body: NonNullable<RequestInit['body']>, headers: Record<string, string> = json) =>
      (await plain.stranger().fetch(paths.api.session, { method: 'POST', headers, body })).status
    /** A stream tells no length beforehand. */
    const streamed = (bytes: number) =>
      new ReadableStream<Uint8Array>({
        pull(controller) {
          controller.enqueue(new Uint8Array(1024).fill(32))
          bytes -= 1024
          if (bytes <= 0) controller.close()
        },
      })
    const credentials = JSON.stringify({ username: 'nobody', password: 'x' })

    test('is JSON or a form, in whatever case it says so', async () => {
      expect(await send(credentials)).toBe(401)
      expect(await send(credentials, { 'content-type': 'Application/JSON; charset=UTF-8' })).toBe(401)
      expect(
        await send('username=nobody&password=x', { 'content-type': 'application/x-www-form-urlencoded' }),
      ).toBe(401)
    })

    test('of any other type is refused by that name', async () => {
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

    test('that is too large is refused, with its length told or not, before it is read to the end', async () => {
      expect(await send(`${credentials}${' '.repeat(BODY_BYTES - credentials.length)}`)).toBe(401)
      expect(await send(`${credentials}${' '.repeat(BODY_BYTES - credentials.length + 1)}`)).toBe(413)
      expect(await send('x'.repeat(10_000_000))).toBe(413)
      expect(await send(streamed(BODY_BYTES * 2))).toBe(413)
      expect(await send(streamed(Infinity))).toBe(413)
    })

    test('that is no UTF-8 or no JSON is refused', async () => {
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

    test('that nests deeper than anybody needs is refused, in time', async () => {
      for (const depth of [17, 20_000]) {
        const nested = `${'['.repeat(depth)}${']'.repeat(depth)}`
        expect(await send(nested)).toBe(400)
        expect(await send(`{"username":${nested},"password":"x"}`)).toBe(400)
        expect(await send(`${'{"a":'.repeat(depth / 2)}1${'}'.repeat(depth / 2)}`)).toBeWithin(400, 423)
      }
      expect(await send(`${'['.repeat(16)}${']'.repeat(16)}`)).toBe(422)
    })

    test('that hides what it can be written as is refused', async () => {
      expect(await send('{"username":{"toString":"x"},"password":"x"}')).toBe(400)
      expect(await send('{"username":[[{"toString":1}]],"password":"x"}')).toBe(400)
    })
  })
})
