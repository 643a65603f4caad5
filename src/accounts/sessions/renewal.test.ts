import { afterAll, describe, expect, test } from 'bun:test'
import { backends, openChat } from '../../../test/support/chat.ts'
import { PASSWORD } from '../../../test/support/person.ts'
import { png } from '../../../test/support/pictures.ts'
import { paths } from '../../../web/paths.ts'
import { SessionEntity } from './entity.ts'
import { authenticate } from './session.ts'

const DAY = 24 * 60 * 60
const SESSION = 'chatapp-session-3000'

describe.each(backends)('a session in a browser, on $name', async (backend) => {
  const chat = await openChat(backend, { env: { SESSION_LIFETIME: '120d' } })
  afterAll(() => chat.close())

  /** A browser of a new user, which stores the session cookie. */
  async function browser(name: string) {
    const { token } = await chat.signUp(name)
    const kept = { token: token! }
    const ask = async (path: string = paths.api.session, init: RequestInit = {}) => {
      const headers = { ...init.headers, cookie: `${SESSION}=${kept.token}` }
      const answer = await chat.stranger().fetch(path, { ...init, headers })
      const [cookie, ...more] = answer.headers.getSetCookie()
      // A sign-in also sets the device cookie.
      expect(more.filter((other) => !other.startsWith('chatapp-device-3000='))).toEqual([])
      const given = cookie && /^chatapp-session-3000=([^;]*)/.exec(cookie)?.[1]
      if (given) kept.token = given
      return { status: answer.status, cookie, answer }
    }
    return { kept, ask, name }
  }

  test('is not renewed in the first half of its lifetime', async () => {
    const { ask } = await browser('early')
    chat.advance(14 * DAY)
    expect(await ask()).toMatchObject({ status: 200, cookie: undefined })
  })

  test('is renewed by any GET in the second half, so that it lasts while it is used', async () => {
    const ada = await browser('ada')
    for (const path of [
      paths.api.session,
      paths.home,
      `${paths.api.changes('ada')}?since=0`,
      paths.api.events,
      paths.people,
    ]) {
      chat.advance(16 * DAY)
      const { status, cookie, answer } = await ada.ask(path)
      expect(status).toBe(200)
      expect(cookie).toMatch(
        /^chatapp-session-3000=[^;]+; Path=\/; HttpOnly; SameSite=Lax; Expires=[^;]+ GMT$/,
      )
      await answer.body?.cancel()
      expect((await ada.ask()).cookie).toBeUndefined()
    }
    const { expiresAt } = await (await ada.ask()).answer.json()
    const left = Date.parse(expiresAt) - chat.deps.now().getTime()
    expect(Math.round(left / 1000 / DAY)).toBe(30)
    expect(await chat.deps.orm.em.fork().count(SessionEntity, { user: { handle: 'ada' } })).toBe(1)
  })

  test('is not renewed with a response that may be stored, such as a picture', async () => {
    const ivy = await browser('ivy')
    const person = Object.assign(chat.stranger(), { token: ivy.kept.token })
    await person.fetch(paths.api.avatar, {
      method: 'PUT',
      headers: { 'content-type': 'image/png', authorization: `Bearer ${person.token}` },
      body: Buffer.from(png(10, 10)),
    })
    const { answer } = await ivy.ask(paths.api.avatarOf('ivy'))
    const etag = answer.headers.get('etag')!
    chat.advance(16 * DAY)
    for (const [path, init, stored] of [
      [`${paths.api.avatarOf('ivy')}?v=${etag.slice(1, -1)}`, {}, 'private, max-age=31536000, immutable'],
      [paths.api.avatarOf('ivy'), {}, 'private, no-cache'],
      [paths.api.avatarOf('ivy'), { headers: { 'if-none-match': etag } }, 'private, no-cache'],
    ] as const) {
      const { cookie, answer } = await ivy.ask(path, init)
      expect([cookie, answer.headers.get('cache-control')]).toEqual([undefined, stored])
    }
    expect((await ivy.ask()).cookie).toStartWith(`${SESSION}=`)
  })

  test('expires after thirty days without a request, and cannot be renewed then', async () => {
    const late = await browser('late')
    chat.advance(30 * DAY + 1)
    expect(await late.ask()).toMatchObject({ status: 401, cookie: undefined })
  })

  test('ends after SESSION_LIFETIME, however often it is used, and needs no cookie near its end', async () => {
    const hal = await browser('hal')
    for (let day = 16; day <= 112; day += 16) {
      chat.advance(16 * DAY)
      expect((await hal.ask()).status).toBe(200)
    }
    const { answer, cookie } = await hal.ask()
    expect(cookie).toBeUndefined()
    const left = Date.parse((await answer.json()).expiresAt) - chat.deps.now().getTime()
    expect(left / 1000 / DAY).toBeWithin(7.9, 8.01)
    chat.advance(8 * DAY - 60)
    expect((await hal.ask()).status).toBe(200)
    chat.advance(61)
    expect(await hal.ask()).toMatchObject({ status: 401, cookie: undefined })
    expect((await chat.stranger().signIn('hal')).status).toBe(200)
  })

  test('ends earlier when SESSION_LIFETIME was lowered since; an API token keeps its date', async () => {
    const low = await chat.signUp('low')
    const robot = { name: 'robot', days: 30, password: PASSWORD }
    const { token } = (await low.post(paths.api.tokens, robot)).body
    const config = { ...chat.deps.config, sessionLifetime: 2 * DAY }
    chat.advance(2 * DAY - 60)
    const lower = { ...chat.deps, config }
    expect(await authenticate(lower, low.token!)).not.toBeNull()
    chat.advance(61)
    expect(await authenticate(lower, low.token!)).toBeNull()
    expect(await authenticate(lower, token)).not.toBeNull()
  })

  test('is replaced when the browser signs in again, also as another user', async () => {
    const [jo, kim] = [await browser('joe'), await browser('kim')]
    const stream = await Object.assign(chat.stranger(), { token: jo.kept.token }).events()
    const program = Object.assign(chat.stranger(), { token: jo.kept.token })
    const enter = (username: string) => ({
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username, password: PASSWORD }),
    })
    const wrong = { ...enter('joe'), body: JSON.stringify({ username: 'joe', password: 'guessed' }) }
    expect((await jo.ask(paths.api.session, wrong)).status).toBe(401)
    expect((await program.get(paths.api.session)).status).toBe(200)
    expect((await jo.ask(paths.api.session, enter('joe'))).status).toBe(200)
    await stream.ended()
    expect((await program.get(paths.api.session)).status).toBe(401)
    expect((await jo.ask(paths.api.session, enter('kim'))).status).toBe(200)
    const em = chat.deps.orm.em.fork()
    expect(await em.count(SessionEntity, { user: { handle: 'joe' } })).toBe(0)
    expect(await em.count(SessionEntity, { user: { handle: 'kim' } })).toBe(2)
    expect((await kim.ask()).status).toBe(200)
    // A program with a bearer token keeps its session.
    const other = Object.assign(chat.stranger(), { token: kim.kept.token })
    await other.post(paths.api.session, { username: 'kim', password: PASSWORD })
    expect(await em.count(SessionEntity, { user: { handle: 'kim' } })).toBe(3)
  })

  test('gives a valid token to each of several concurrent requests', async () => {
    const bob = await browser('bob')
    chat.advance(20 * DAY)
    const old = bob.kept.token
    const answers = await Promise.all([0, 1, 2, 3].map(() => bob.ask()))
    chat.advance(11 * DAY)
    for (const { cookie } of answers) {
      bob.kept.token = /^chatapp-session-3000=([^;]+)/.exec(cookie!)![1]!
      expect((await bob.ask()).status).toBe(200)
    }
    bob.kept.token = old
    expect((await bob.ask()).status).toBe(401)
  })

  test('leaves earlier tokens valid until they expire', async () => {
    const carol = await browser('carol')
    const old = carol.kept.token
    chat.advance(20 * DAY)
    await carol.ask()
    expect(carol.kept.token).not.toBe(old)
    const program = Object.assign(chat.stranger(), { token: old })
    const { status, headers, body } = await program.get(paths.api.session)
    expect([status, headers.get('set-cookie')]).toEqual([200, null])
    expect(Math.round((Date.parse(body.expiresAt) - chat.deps.now().getTime()) / 1000 / DAY)).toBe(10)
    chat.advance(10 * DAY + 1)
    expect((await program.get(paths.api.session)).status).toBe(401)
    expect((await carol.ask()).status).toBe(200)
  })

  test('is not renewed by a request with a bearer token, even with a cookie', async () => {
    const { kept } = await browser('dora')
    chat.advance(20 * DAY)
    const headers = { authorization: `Bearer ${kept.token}`, cookie: `${SESSION}=${kept.token}` }
    const answer = await chat.stranger().fetch(paths.api.session, { headers })
    expect([answer.status, answer.headers.get('set-cookie')]).toEqual([200, null])
  })

  test('is ended by signing out in its second half, through the API and the page', async () => {
    for (const [name, path, method] of [
      ['eve', paths.api.session, 'DELETE'],
      ['fay', paths.signOut, 'POST'],
    ] as const) {
      const { ask } = await browser(name)
      chat.advance(20 * DAY)
      const { cookie } = await ask(path, { method })
      expect(cookie).toMatch(/^chatapp-session-3000=; /)
      expect((await ask()).status).toBe(401)
    }
  })

  test('closes each live connection when the token that opened it expires, even after a renewal', async () => {
    const gus = await browser('gus')
    const program = Object.assign(chat.stranger(), { token: gus.kept.token })
    const stream = await program.events()
    chat.advance(20 * DAY)
    await gus.ask()
    const renewed = await Object.assign(chat.stranger(), { token: gus.kept.token }).events()
    chat.advance(11 * DAY)
    await chat.app.hub.heartbeat()
    await stream.ended()
    expect(chat.app.hub.size).toBe(1)
    renewed.leave()
  })
})
