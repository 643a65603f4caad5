import { afterAll, describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { backends, openChat } from '../../../test/support/chat.ts'
import { PASSWORD } from '../../../test/support/person.ts'
import { paths } from '../../../web/paths.ts'
import type { Deps } from '../../process/deps.ts'

const ORIGINS = [
  {
    origin: 'http://localhost:8080',
    cookie: /^chatapp-session-8080=([^;]+); Path=\/; HttpOnly; SameSite=Lax; Expires=[^;]+ GMT$/,
  },
  {
    origin: 'https://chat.example.org',
    cookie: /^__Host-session=([^;]+); Path=\/; HttpOnly; SameSite=Lax; Expires=[^;]+ GMT; Secure$/,
  },
  {
    origin: 'https://chat.example.org:8443',
    cookie: /^__Host-session-8443=([^;]+); Path=\/; HttpOnly; SameSite=Lax; Expires=[^;]+ GMT; Secure$/,
  },
]
describe.each(backends)('revoked session cookies, on $name,', async (backend) => {
  let opened = 0
  const using = (deps: Deps): Deps => ({
    ...deps,
    tokens: {
      ...deps.tokens,
      open(token) {
        opened++
        return deps.tokens.open(token)
      },
    },
  })
  const chat = await openChat(backend, { using })
  afterAll(() => chat.close())

  test('cost at most three checks in a request, however many there are', async () => {
    const person = await chat.signUp('ada')
    const tokens: string[] = []
    for (let n = 0; n < 5; n++) {
      await person.signIn('ada')
      tokens.push(person.token!)
      await person.delete(paths.api.session)
    }
    const stranger = chat.stranger()
    const cookie = tokens.map((token) => `chatapp-session-3000=${token}`).join('; ')
    const costOf = async (path: string) => {
      opened = 0
      const { status } = await stranger.fetch(path, { headers: { cookie, accept: 'text/html' } })
      return [status, opened]
    }
    expect(await costOf(paths.signIn)).toEqual([200, 3])
    expect(await costOf('/nowhere')).toEqual([404, 3])
    for (let n = 0; n < 3001; n++) await chat.deps.limits.take('request', stranger.address).catch(() => {})
    expect(await costOf(paths.signIn)).toEqual([429, 3])
  })
})

const cases = backends.flatMap((backend) => ORIGINS.map((one) => ({ ...one, ...backend })))

describe.each(cases)('the session cookie of $origin, on $name,', async ({ origin, cookie, ...backend }) => {
  const chat = await openChat(backend, { env: { ORIGIN: origin } })
  afterAll(() => chat.close())
  const { headers, body } = await chat
    .stranger()
    .post(paths.api.users, { username: 'ada', password: PASSWORD })
  const written = headers.getSetCookie()[0]!
  const name = written.split('=')[0]
  const ada = Object.assign(chat.stranger(), { token: body.token })
  const { token: apiToken } = (await ada.post(paths.api.tokens, { name: 'script', days: 1 })).body

  test('contains the token, inaccessible to scripts and other sites', () => {
    expect(cookie.exec(written)?.[1]).toBe(body.token)
    expect(Date.parse(/Expires=([^;]+)/.exec(written)![1]!)).toBe(Date.parse(body.expiresAt))
  })

  test('authenticates a browser, also among other cookies', async () => {
    for (const sent of [
      `${name}=${body.token}`,
      `a=b; ${name}=${body.token};c=d`,
      `${name}=; ${name}=${body.token}`,
    ]) {
      expect((await chat.stranger().fetch(paths.api.session, { headers: { cookie: sent } })).status).toBe(200)
    }
  })

  test('is accepted under its own name only', async () => {
    const others = ['session', '__Host-session', 'chatapp-session-8081', `x${name}`, `${name} `].filter(
      (other) => other !== name,
    )
    for (const other of others) {
      const response = await chat.stranger().fetch(paths.api.session, {
        headers: { cookie: `${other}=${body.token}` },
      })
      expect(response.status).toBe(401)
    }
  })

  test('is found among duplicates of another app, in any place', async () => {
    const duplicate = fc.oneof(
      fc.constantFrom('', 'x', 'a.b.c', '"', '%', `${body.token}x`, body.token.slice(0, -1), apiToken),
      fc.string({ unit: fc.constantFrom(...'abcXYZ019._-=%"~ ') }),
    )
    const cookies = fc.tuple(fc.array(duplicate), fc.array(duplicate), fc.constantFrom('; ', ';', ';\t'))
    await fc.assert(
      fc.asyncProperty(cookies, async ([before, after, separator]) => {
        const sent = [...before, body.token, ...after].map((value) => `${name}=${value}`).join(separator)
        const { status } = await chat.stranger().fetch(paths.api.session, { headers: { cookie: sent } })
        expect([sent, status]).toEqual([sent, 200])
      }),
    )
  })

  test('of several valid sessions, none stays after signing out', async () => {
    const sessions = [chat.stranger(), chat.stranger(), chat.stranger()]
    for (const [route, method] of [
      [paths.api.session, 'DELETE'],
      [paths.signOut, 'POST'],
    ] as const) {
      for (const session of sessions) await session.signIn('ada')
      const cookie = ['x', ...sessions.map(({ token }) => token)]
        .map((token) => `${name}=${token}`)
        .join('; ')
      const response = await chat.stranger().fetch(route, { method, headers: { cookie } })
      expect(response.headers.get('clear-site-data')).toBe('"cache"')
      for (const session of sessions) expect((await session.get(paths.api.session)).status).toBe(401)
    }
    const api = await chat
      .stranger()
      .fetch(paths.api.session, { headers: { cookie: `${name}=${body.token}` } })
    expect(api.status).toBe(200)
  })

  test('is removed with the same flags by signing out', async () => {
    const stranger = chat.stranger()
    await stranger.signIn('ada')
    const response = await stranger.fetch(paths.api.session, {
      method: 'DELETE',
      headers: { cookie: `${name}=${stranger.token}` },
    })
    expect(response.status).toBe(204)
    expect(response.headers.get('set-cookie')).toBe(
      written.replace(body.token, '').replace(/Expires=[^;]+/, 'Expires=Thu, 01 Jan 1970 00:00:00 GMT'),
    )
  })

  test('is ignored when there is a bearer token', async () => {
    const headers = { cookie: `${name}=${body.token}`, authorization: 'Bearer nonsense' }
    expect((await chat.stranger().fetch(paths.api.session, { headers })).status).toBe(401)
  })
})
