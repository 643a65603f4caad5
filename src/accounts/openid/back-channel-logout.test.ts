import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { createHmac, createSign, generateKeyPairSync } from 'node:crypto'
import { newAdmin } from '../../../test/support/admin.ts'
import { codeAt } from '../../../test/support/authenticator-app.ts'
import type { Browser } from '../../../test/support/browser.ts'
import { openSignedIn } from '../../../test/support/browser.ts'
import { backends } from '../../../test/support/chat.ts'
import { readDocument } from '../../../test/support/openapi-document.ts'
import { openOpenIdChat } from '../../../test/support/openid-chat.ts'
import { PASSWORD } from '../../../test/support/person.ts'
import { enableTwoFactor } from '../../../test/support/two-factor.ts'
import { adminPaths } from '../../../web/admin/paths.ts'
import { paths, withQuery } from '../../../web/paths.ts'
import { cookieNames } from '../../http/cookies.ts'
import { UserEntity } from '../users/entity.ts'

// Long enough to catch only a hang.
setDefaultTimeout(180_000)

describe.each(backends)('a sign-out by the OpenID provider, on $name,', async (backend) => {
  const { chat, provider, browse, signIn, close } = await openOpenIdChat(backend)
  afterAll(close)
  const responses: Response[] = []
  provider.deliver = async (url, init) => {
    const response = await chat.stranger().fetch(new URL(url).pathname, init)
    responses.push(response)
    return response
  }

  const post = (body: string, headers: Record<string, string> = {}) =>
    chat.stranger().fetch(paths.api.openIdLogout, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body,
    })
  const send = (token: string) => post(`${new URLSearchParams({ logout_token: token })}`)
  const isSignedIn = async (browser: Browser) => (await browser.visit(paths.api.session)).status === 200
  const sessionOf = (browser: Browser) => browser.cookies.get(cookieNames(chat.deps.config).session)
  const users = (handle: string) => chat.deps.orm.em.fork().count(UserEntity, { handle })
  /** Signs in, and creates the account at the first time. */
  const enter = async (sub: string) => {
    const browser = await signIn({ sub, preferred_username: sub })
    if (browser.path === paths.openIdSignUp) await browser.submit('#sign-up')
    expect(await isSignedIn(browser)).toBe(true)
    return { browser, session: provider.session! }
  }

  test('ends the session that the provider names, and no other', async () => {
    const [phone, laptop, other] = [await enter('ada'), await enter('ada'), await enter('grace')]
    await provider.signOut('ada', phone.session)
    expect(responses.map(({ status, headers }) => [status, headers.get('cache-control')])).toEqual([
      [200, 'no-store'],
    ])
    for (const [{ browser }, expected] of [
      [phone, false],
      [laptop, true],
      [other, true],
    ] as const)
      expect(await isSignedIn(browser)).toBe(expected)
    // Also a session of another user at the provider.
    await provider.signOut('grace', laptop.session)
    expect(await isSignedIn(laptop.browser)).toBe(true)
    expect((await send(provider.logoutToken({ sid: laptop.session }))).status).toBe(200)
    expect(await isSignedIn(laptop.browser)).toBe(false)
    expect(await isSignedIn(other.browser)).toBe(true)
  })

  test('ends all sessions that the provider started for the user, and keeps those of a password and a token', async () => {
    const henry = await chat.signUp('henry')
    const byPassword = await openSignedIn(chat, 'henry')
    await byPassword.visit(paths.openIdSettings)
    provider.account = { sub: 'henry-1' }
    const body = new URLSearchParams({ password: PASSWORD })
    const away = await byPassword.leave(paths.openIdSettings, { method: 'POST', body })
    await byPassword.visit(await provider.follow(away))
    const [phone, laptop] = [await enter('henry-1'), await enter('henry-1')]
    expect((await send(provider.logoutToken({ sub: 'henry-1' }))).status).toBe(200)
    for (const { browser } of [phone, laptop]) expect(await isSignedIn(browser)).toBe(false)
    expect(await isSignedIn(byPassword)).toBe(true)
    expect((await henry.get(paths.api.session)).status).toBe(200)
    expect((await enter('henry-1')).browser.status).toBe(200)
  })

  test('ends a session whose provider named no session at the sign-in, whichever session it names later', async () => {
    provider.tamper = ({ sid: _, ...claims }) => claims
    const { browser } = await enter('nora')
    provider.tamper = null
    await send(provider.logoutToken({ sid: 'any' }))
    expect(await isSignedIn(browser)).toBe(true)
    await send(provider.logoutToken({ sub: 'nora', sid: 'any' }))
    expect(await isSignedIn(browser)).toBe(false)
  })

  test('ends a session that began with a code of two-factor authentication', async () => {
    const { browser } = await enter('irene')
    const irene = chat.stranger()
    irene.token = sessionOf(browser)!
    const secret = await enableTwoFactor(chat, irene)
    // Each code is valid once.
    chat.advance(30)
    const again = await signIn({ sub: 'irene' })
    await again.submit('form', { code: codeAt(secret, chat.deps.now()) })
    expect(await isSignedIn(again)).toBe(true)
    await send(provider.logoutToken({ sub: 'irene' }))
    expect(await isSignedIn(again)).toBe(false)
  })

  test('ends a sign-in that waits for a code, also without the cookie of that step', async () => {
    const { browser } = await enter('olga')
    const olga = chat.stranger()
    olga.token = sessionOf(browser)!
    const secret = await enableTwoFactor(chat, olga)
    for (const drop of [false, true]) {
      chat.advance(30)
      const waiting = await signIn({ sub: 'olga' })
      if (drop) waiting.cookies.clear()
      else await send(provider.logoutToken({ sub: 'olga' }))
      await waiting.submit('form', { code: codeAt(secret, chat.deps.now()) })
      expect([waiting.status, waiting.texts('.summary')]).toEqual([
        422,
        ['This sign-in has expired. Sign in again.'],
      ])
      expect(await isSignedIn(waiting)).toBe(false)
    }
    // The refused codes are still valid.
    const later = await signIn({ sub: 'olga' })
    await later.submit('form', { code: codeAt(secret, chat.deps.now()) })
    expect(await isSignedIn(later)).toBe(true)
  })

  test('ends a sign-up in progress, which begins again at the provider', async () => {
    const begun: [string, (sub: string, sid: string) => object, boolean][] = [
      ['user', (sub) => ({ sub }), true],
      ['session', (_, sid) => ({ sid }), true],
      ['both', (sub, sid) => ({ sub, sid }), true],
      ['other', (sub) => ({ sub, sid: 'other' }), false],
      ['strange', (_, sid) => ({ sub: 'stranger', sid }), false],
    ]
    for (const [sub, claims, ends] of begun) {
      const browser = await signIn({ sub, preferred_username: `begun-${sub}` })
      await send(provider.logoutToken({ ...claims(sub, provider.session!) }))
      await browser.submit('#sign-up')
      expect([sub, browser.path.startsWith(provider.env.OIDC_ISSUER!)]).toEqual([sub, ends])
      if (!ends) continue
      expect([sub, await users(`begun-${sub}`)]).toEqual([sub, 0])
      await browser.visit(await provider.follow(browser.path))
      await browser.submit('#sign-up')
      expect([sub, await users(`begun-${sub}`), await isSignedIn(browser)]).toEqual([sub, 1, true])
    }
  })

  test('ends a sign-up in progress whose provider named no session', async () => {
    provider.tamper = ({ sid: _, ...claims }) => claims
    const browser = await signIn({ sub: 'nemo', preferred_username: 'nemo' })
    provider.tamper = null
    await send(provider.logoutToken({ sub: 'nemo', sid: 'any' }))
    await browser.submit('#sign-up')
    expect(await users('nemo')).toBe(0)
  })

  test('is in the audit log, and only when a session ended', async () => {
    const root = await newAdmin(chat, 'root')
    const list = async () =>
      (await root.get(withQuery(adminPaths.api.audit, { action: 'user.signed-out-by-provider' }))).body
        .results
    const before = await list()
    expect((await send(provider.logoutToken({ sub: 'unknown' }))).status).toBe(200)
    expect(await list()).toEqual(before)
    await enter('jane')
    await send(provider.logoutToken({ sub: 'jane' }))
    const [entry] = await list()
    expect(entry).toMatchObject({ actor: null, target: { type: 'user', id: 'jane' }, detail: { ended: 1 } })
    expect(entry.address).toBeString()
    const page = await openSignedIn(chat, 'root')
    await page.visit(adminPaths.audit)
    expect(page.texts('tbody tr:first-child td').slice(1, 4)).toEqual([
      'OpenID provider',
      'Signed out a user',
      '@jane',
    ])
  })

  test('closes live connections', async () => {
    const { browser } = await enter('karl')
    const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ')
    const stream = await chat.stranger().fetch(paths.api.events, {
      headers: { cookie, accept: 'text/event-stream' },
    })
    expect(stream.status).toBe(200)
    await send(provider.logoutToken({ sub: 'karl' }))
    // Ends only when the server closes it.
    expect(await stream.text()).toContain('ready')
  })

  const liz = await enter('liz')
  const { privateKey: strange } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const now = () => Math.floor(Date.now() / 1000)
  test.each<[string, () => string]>([
    ['no token', () => ''],
    ['nonsense', () => 'x.y.z'],
    [
      'a wrong signature',
      () =>
        provider.logoutToken(
          { sub: 'liz' },
          {
            algorithm: 'RS256',
            sign: (text) => createSign('RSA-SHA256').update(text).sign(strange, 'base64url'),
          },
        ),
    ],
    ['no signature', () => provider.logoutToken({ sub: 'liz' }, { algorithm: 'none', sign: () => '' })],
    [
      "a signature with the client's secret",
      () =>
        provider.logoutToken(
          { sub: 'liz' },
          {
            algorithm: 'HS256',
            sign: (text) =>
              createHmac('sha256', provider.env.OIDC_CLIENT_SECRET!).update(text).digest('base64url'),
          },
        ),
    ],
    ['another audience', () => provider.logoutToken({ sub: 'liz', aud: 'another' })],
    ['another issuer', () => provider.logoutToken({ sub: 'liz', iss: 'https://evil.example' })],
    ['an expired token', () => provider.logoutToken({ sub: 'liz', exp: now() - 120 })],
    ['a token without an end', () => provider.logoutToken({ sub: 'liz', exp: undefined })],
    ['an old token', () => provider.logoutToken({ sub: 'liz', iat: now() - 3600, exp: now() + 3600 })],
    ['a token of the future', () => provider.logoutToken({ sub: 'liz', iat: now() + 600, exp: now() + 700 })],
    ['no time of issue', () => provider.logoutToken({ sub: 'liz', iat: undefined })],
    ['no ID', () => provider.logoutToken({ sub: 'liz', jti: undefined })],
    ['no events', () => provider.logoutToken({ sub: 'liz', events: undefined })],
    [
      'another event',
      () => provider.logoutToken({ sub: 'liz', events: { 'https://example.org/other': {} } }),
    ],
    [
      'an event that is no object',
      () =>
        provider.logoutToken({
          sub: 'liz',
          events: { 'http://schemas.openid.net/event/backchannel-logout': true },
        }),
    ],
    ['a nonce', () => provider.logoutToken({ sub: 'liz', nonce: 'n' })],
    ['neither a user nor a session', () => provider.logoutToken({})],
    ['an empty user', () => provider.logoutToken({ sub: '' })],
    ['a user that is no text', () => provider.logoutToken({ sub: { $ne: '' } })],
    ['a session that is no text', () => provider.logoutToken({ sub: 'liz', sid: ['x'] })],
  ])('refuses %s', async (_, token) => {
    const response = await send(token())
    expect([response.status, response.headers.get('cache-control')]).toEqual([400, 'no-store'])
    expect(await response.json()).toMatchObject({ code: 'invalid_logout_token' })
    expect(await isSignedIn(liz.browser)).toBe(true)
  })

  test('refuses a token that was used before, also concurrently', async () => {
    await enter('mona')
    const token = provider.logoutToken({ sub: 'mona' })
    const statuses = await Promise.all(
      [send(token), send(token), send(token)].map(async (r) => (await r).status),
    )
    expect(statuses.sort()).toEqual([200, 400, 400])
    const { browser } = await enter('mona')
    expect((await send(token)).status).toBe(400)
    expect(await isSignedIn(browser)).toBe(true)
  })

  test('refuses a request without a form, of a browser on another site, and answers to no other method', async () => {
    expect((await post('')).status).toBe(400)
    expect((await chat.stranger().fetch(paths.api.openIdLogout, { method: 'POST' })).status).toBe(400)
    const token = provider.logoutToken({ sub: 'liz' })
    expect((await post(`logout_token=${token}`, { origin: 'https://evil.example' })).status).toBe(403)
    expect((await browse().visit(paths.api.openIdLogout)).status).toBe(405)
    // Other fields are ignored.
    expect((await post(`state=x&logout_token=${token}`)).status).toBe(200)
  })

  test('is in the API document as a form', async () => {
    const { operations } = await readDocument(chat)
    const { requestBody, responses } = operations.find(({ path }) => path === paths.api.openIdLogout)!
    expect(Object.keys(requestBody!.content)).toEqual(['application/x-www-form-urlencoded'])
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(['200', '400', '429', '503']))
  })

  test('is limited by address for invalid tokens only, which delay neither valid ones nor sign-ins', async () => {
    const from = async (token: string) => {
      const request = new Request(`http://localhost${paths.api.openIdLogout}`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: `logout_token=${token}`,
      })
      return (await chat.app.fetch(request, { address: '203.0.113.77' })).status
    }
    const valid = Array.from({ length: 100 }, (_, n) => provider.logoutToken({ sub: `nobody-${n}` }))
    expect(new Set(await Promise.all(valid.map(from)))).toEqual(new Set([200]))
    const logged = chat.logged.length
    const used = await Promise.all(Array.from({ length: 61 }, (_, n) => from(n % 2 ? 'x' : valid[0]!)))
    expect(used.sort()).toEqual([...Array(60).fill(400), 429])
    expect(chat.logged.slice(logged).filter((line) => line.includes('sign-out was refused'))).toHaveLength(60)
    expect(await from(provider.logoutToken({ sub: 'nobody' }))).toBe(200)
    const begun = new Request(`http://localhost${paths.openIdSignIn}`)
    expect((await chat.app.fetch(begun, { address: '203.0.113.77' })).headers.get('location')).toStartWith(
      provider.env.OIDC_ISSUER!,
    )
  })

  test('asks the provider to try again later while its keys cannot be read', async () => {
    const fresh = await openOpenIdChat(backend)
    const token = fresh.provider.logoutToken({ sub: 'liz' })
    await fresh.provider.stop()
    const response = await fresh.chat.stranger().fetch(paths.api.openIdLogout, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `logout_token=${token}`,
    })
    expect([response.status, response.headers.has('retry-after')]).toEqual([503, true])
    await fresh.provider.start('http://localhost:3000')
    await fresh.close()
  })
})
