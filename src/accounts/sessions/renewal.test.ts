import { afterAll, describe, expect, test } from 'bun:test'
import { backends, openChat } from '../../../test/support/chat.ts'
import { png } from '../../../test/support/pictures.ts'
import { paths } from '../../../web/paths.ts'
import { SessionEntity } from './entity.ts'

const DAY = 24 * 60 * 60
const SESSION = 'chatapp-session-3000'

describe.each(backends)('a session in a browser, on $name', async (backend) => {
  const chat = await openChat(backend)
  afterAll(() => chat.close())

  /** A browser of a new user, which stores the session cookie. */
  async function browser(name: string) {
    const { token } = await chat.signUp(name)
    const kept = { token: token! }
    const ask = async (path: string = paths.api.session, init: RequestInit = {}) => {
      const headers = { ...init.headers, cookie: `${SESSION}=${kept.token}` }
      const answer = await chat.stranger().fetch(path, { ...init, headers })
      const [cookie, ...more] = answer.headers.getSetCookie()
      expect(more).toEqual([])
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
