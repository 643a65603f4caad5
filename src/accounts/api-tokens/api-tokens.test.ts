import { afterAll, describe, expect, test } from 'bun:test'
import { openSignedIn } from '../../../test/support/browser.ts'
import { backends, openChat } from '../../../test/support/chat.ts'
import { lastMailTo } from '../../../test/support/mail.ts'
import { type ApiResponse, PASSWORD, type Person } from '../../../test/support/person.ts'
import { paths } from '../../../web/paths.ts'
import { cookieNames } from '../../http/cookies.ts'
import { SessionEntity } from '../sessions/entity.ts'

describe.each(backends)('an API token, on $name,', async (backend) => {
  // Each token is created with the password, and some tests create many at once.
  const chat = await openChat(backend, { env: { RATE_LIMITS: 'off' } })
  afterAll(() => chat.close())
  const [ada, bob] = [await chat.signUp('ada'), await chat.signUp('bob')]
  const make = async (person: Person, name = 'script', days = 30) => {
    const { status, body } = await person.post(paths.api.tokens, { name, days, password: PASSWORD })
    expect(status).toBe(201)
    return { id: body.id as string, script: Object.assign(chat.stranger(), { token: body.token as string }) }
  }
  const listOf = async (person: Person) => (await person.get(paths.api.tokens)).body.results
  const status = async (person: Person) => (await person.get(paths.api.session)).status

  test('can read people and read and send messages as its owner', async () => {
    const { script } = await make(ada)
    expect((await script.post(paths.api.messages('bob'), { body: 'hello' })).body).toMatchObject({
      sender: 'ada',
    })
    expect((await script.get(paths.api.conversations)).body.results).toHaveLength(1)
    expect((await script.get(paths.api.users)).status).toBe(200)
    const events = await script.events()
    await ada.say(bob, 'again')
    expect(await events.next('message')).toMatchObject({ with: 'bob' })
    events.leave()
  })

  test('cannot change the account, neither through the API nor through pages', async () => {
    const { script, id } = await make(ada)
    const forbidden: [string, string, unknown?][] = [
      ['PUT', paths.api.password, { password: PASSWORD, newPassword: 'the long way home' }],
      ['PUT', paths.api.email, { email: null, password: PASSWORD }],
      ['PUT', paths.api.settings, { displayName: 'Eve', language: null, theme: null, zone: null }],
      ['GET', paths.api.sessions],
      ['DELETE', paths.api.sessions],
      ['DELETE', paths.api.sessionOf('1')],
      ['GET', paths.api.tokens],
      ['POST', paths.api.tokens, { name: 'more', days: 365, password: PASSWORD }],
      ['DELETE', paths.api.token(id)],
      ['PUT', paths.api.avatar],
      ['DELETE', paths.api.avatar],
      ['GET', paths.api.twoFactor],
      ['POST', paths.api.twoFactorSetup, { password: PASSWORD }],
      ['POST', paths.api.twoFactorRemoval, { password: PASSWORD }],
      ['POST', paths.api.recoveryCodes, { password: PASSWORD }],
      ['POST', paths.changeTwoFactor],
      ['GET', paths.api.passkeys],
      ['POST', paths.api.passkeyCreation, { password: PASSWORD }],
      ['GET', paths.passkeys],
      ['POST', paths.beginPasskey],
      ['GET', paths.api.export],
      ['POST', paths.api.accountDeletion, { password: PASSWORD }],
      ['GET', paths.settings],
      ['POST', paths.tokens],
      ['POST', paths.deleteAccount],
      ['GET', paths.exportJson],
      ['POST', paths.changePassword],
      ['POST', paths.avatarSettings],
    ]
    for (const [method, path, body] of forbidden) {
      const json = body ? { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } } : {}
      const response = await script.fetch(path, { method, ...json })
      expect([method, path, response.status]).toEqual([method, path, 403])
    }
    expect(await status(ada)).toBe(200)
  })

  test('is accepted in the header, but not as a cookie', async () => {
    const { script } = await make(ada)
    const cookie = (token: string | null) => ({
      headers: { cookie: `${cookieNames(chat.deps.config).session}=${token}` },
    })
    const as = (token: string | null) => chat.stranger().fetch(paths.api.session, cookie(token))
    expect([(await as(script.token)).status, (await as(ada.token)).status]).toEqual([401, 200])
  })

  test('is listed for its owner only, without its secret and separately from sessions', async () => {
    const carol = await chat.signUp('carol')
    const { id, script } = await make(carol, '  Weather   robot ')
    const [listed, ...others] = await listOf(carol)
    expect(listed).toEqual({
      id,
      name: 'Weather robot',
      createdAt: expect.any(String),
      usedAt: null,
      expiresAt: expect.any(String),
    })
    expect(others).toEqual([])
    expect((await carol.get(paths.api.sessions)).body.results).toHaveLength(1)
    expect(JSON.stringify(await listOf(bob))).not.toContain('Weather')
    const rows = await chat.deps.orm.em.fork().find(SessionEntity, { name: 'Weather robot' })
    expect(JSON.stringify(rows)).not.toContain(script.token!)
  })

  test('is created with the password, and its owner is notified by email', async () => {
    const email = 'eve@tokens.example'
    const eve = await chat.signUp('eve', { email })
    const token = (await lastMailTo(chat, email)).link.searchParams.get('token')
    await eve.post(paths.api.emailVerification, { token })
    const script = { name: 'script', days: 365 }
    for (const [more, code] of [
      [{}, 'required'],
      [{ password: '' }, 'password_wrong'],
      [{ password: 'guessed' }, 'password_wrong'],
    ] as const) {
      const { status, body } = await eve.post(paths.api.tokens, { ...script, ...more })
      expect([status, body.errors[0]]).toMatchObject([422, { field: 'password', code }])
    }
    const browser = await openSignedIn(chat, 'eve')
    await browser.visit(paths.tokens)
    await browser.submit(`form[action="${paths.tokens}"]`, { name: 'script', password: 'guessed' })
    expect([browser.status, browser.texts('.field-error')]).toEqual([
      422,
      ["That's not your current password."],
    ])
    expect(await listOf(eve)).toEqual([])
    await browser.submit(`form[action="${paths.tokens}"]`, { name: 'script', password: PASSWORD })
    expect([browser.status, (await listOf(eve)).length]).toEqual([200, 1])
    const mail = await lastMailTo(chat, email)
    expect([mail.subject, mail.link.pathname]).toEqual([
      'An API token was created for your ChatApp account',
      paths.tokens,
    ])
  })

  test('can be revoked by its owner only, which closes its live connections', async () => {
    const { id, script } = await make(ada)
    for (const wrong of [paths.api.token('x'), paths.api.token('0'), paths.api.sessionOf(id)])
      expect((await ada.delete(wrong)).status).toBe(404)
    expect((await bob.delete(paths.api.token(id))).status).toBe(404)
    const events = await script.events()
    expect((await ada.delete(paths.api.token(id))).status).toBe(204)
    await events.ended()
    expect([await status(script), await status(ada)]).toEqual([401, 200])
    expect((await ada.delete(paths.api.token(id))).status).toBe(404)
  })

  test('is not revoked by the route for sessions, nor a session by the route for tokens', async () => {
    const { body } = await bob.get(paths.api.sessions)
    expect((await bob.delete(paths.api.token(body.results[0].id))).status).toBe(404)
    expect(await status(bob)).toBe(200)
  })

  test('needs a name and expires within a year; a user has at most 50', async () => {
    const dora = await chat.signUp('dora')
    for (const body of [
      { name: ' ', days: 1 },
      { name: 'x'.repeat(61), days: 1 },
      { name: 'a\u202eb', days: 1 },
      { name: 'x', days: 0 },
      { name: 'x', days: 366 },
      { name: 'x', days: 1.5 },
      { name: 'x' },
      { name: 'x', days: 1, user: 1 },
      { name: 'x', days: 1, expiresAt: '2999-01-01' },
    ])
      expect((await dora.post(paths.api.tokens, { ...body, password: PASSWORD })).status).toBe(422)
    for (let n = 0; n < 50; n++) await make(dora, `token ${n}`)
    const { status, body } = await dora.post(paths.api.tokens, {
      name: 'one more',
      days: 1,
      password: PASSWORD,
    })
    expect([status, body.errors[0].code]).toEqual([422, 'token_many'])
  })

  test('is one of at most 50, even when many are created concurrently', async () => {
    const fay = await chat.signUp('fay')
    for (let n = 0; n < 20; n++) await make(fay, `earlier ${n}`)
    // The database may be busy for some of the requests.
    const create = async (name: string, retries = 100): Promise<ApiResponse> => {
      const response = await fay.post(paths.api.tokens, { name, days: 1, password: PASSWORD })
      return response.status === 503 && retries > 0 ? create(name, retries - 1) : response
    }
    const responses: ApiResponse[] = []
    const createMany = async () => {
      for (let n = 0; n < 17; n++) responses.push(await create(`token ${n}`))
    }
    // As many at once as the queue of password checks takes for one user.
    await Promise.all([createMany(), createMany(), createMany()])
    const refused = responses.filter(({ status }) => status !== 201)
    expect(responses.length - refused.length).toBe(30)
    for (const { status, body } of refused)
      expect([status, body.errors[0].field, body.errors[0].code]).toEqual([422, 'name', 'token_many'])
    expect(await listOf(fay)).toHaveLength(50)
  })

  test('expires at its date', async () => {
    const { script } = await make(bob, 'short', 1)
    chat.advance(24 * 60 * 60 - 60)
    expect(await status(script)).toBe(200)
    chat.advance(61)
    expect(await status(script)).toBe(401)
    expect(await listOf(bob)).toEqual([])
  })
})
