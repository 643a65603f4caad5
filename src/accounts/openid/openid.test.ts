import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { openBrowser, openSignedIn } from '../../../test/support/browser.ts'
import { backends, openChat } from '../../../test/support/chat.ts'
import { openOpenIdChat } from '../../../test/support/openid-chat.ts'
import type { TestProvider } from '../../../test/support/openid-provider.ts'
import { PASSWORD } from '../../../test/support/person.ts'
import { enableTwoFactor } from '../../../test/support/two-factor.ts'
import { paths } from '../../../web/paths.ts'
import { commandLine } from '../../admin/audit-log/service.ts'
import { changeUser } from '../../admin/users/change.ts'
import { addUser, createUserResetLink, setPassword } from '../../admin/users/service.ts'
import { cookieNames } from '../../http/cookies.ts'
import { PasskeyEntity } from '../passkeys/entity.ts'
import { PasswordsOff } from '../sign-in/errors.ts'
import { UserEntity } from '../users/entity.ts'
import { createUser } from '../users/service.ts'
import { IdentityEntity } from './entity.ts'

// Long enough to catch only a hang.
setDefaultTimeout(180_000)

const ORIGIN = 'http://localhost:3000'
const SESSION = cookieNames({ origin: ORIGIN }).session

const ada = { sub: 'ada-1', name: 'Ada Lovelace', preferred_username: 'ada' }
const alert = '[role=alert]'

describe.each(backends)('signing in with an OpenID provider, on $name,', async (backend) => {
  const { chat, provider, browse, signIn, close } = await openOpenIdChat(backend)
  afterAll(close)

  test('creates an account under the chosen username, and finds it again by issuer and subject', async () => {
    const browser = await signIn(ada)
    expect(browser.path).toBe(paths.openIdSignUp)
    expect(browser.document.querySelector('[name=username]')?.getAttribute('value')).toBe('ada')
    await browser.submit('#sign-up', { username: 'countess' })
    expect([browser.path, browser.status]).toEqual([paths.home, 200])
    expect(browser.html).toContain('Ada Lovelace')
    // The name at the provider has changed, and belongs to another user here.
    const again = await signIn({ ...ada, preferred_username: 'bob' })
    expect(again.path).toBe(paths.home)
    expect(again.html).toContain('Ada Lovelace')
  })

  test('continues a sign-up once: its cookie signs in nobody later', async () => {
    const browser = await signIn({ sub: 'zoe-1', preferred_username: 'zoe' })
    const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ')
    await browser.submit('#sign-up')
    expect(browser.path).toBe(paths.home)
    for (const headers of [{}, { 'hx-request': 'true' }]) {
      const replay = await chat.stranger().fetch(paths.openIdSignUp, {
        method: 'POST',
        headers: { cookie, 'content-type': 'application/x-www-form-urlencoded', ...headers },
        body: 'username=zoe-again',
      })
      const { headers: answer } = replay
      expect(answer.get('location') ?? answer.get('hx-redirect')).toBe(paths.openIdSignIn)
      expect(answer.getSetCookie().filter((line) => !line.includes('=; '))).toEqual([])
    }
    const users = await chat.deps.orm.em.fork().find(UserEntity, { handle: { $like: 'zoe%' } })
    expect(users.map(({ handle }) => handle)).toEqual(['zoe'])
  })

  test('never finds an account by its email address or username', async () => {
    await chat.signUp('grace')
    const em = chat.deps.orm.em.fork()
    await em.nativeUpdate(UserEntity, { handle: 'grace' }, { email: 'grace@example.org' })
    const browser = await signIn({
      sub: 'mallory',
      preferred_username: 'grace',
      email: 'grace@example.org',
      email_verified: true,
    })
    expect(browser.path).toBe(paths.openIdSignUp)
    await browser.submit('#sign-up', { username: 'grace' })
    expect([browser.status, browser.texts('.field-error')]).toEqual([
      422,
      ['This username is taken. Try another.'],
    ])
    await browser.submit('#sign-up', { username: 'mallory' })
    expect(await em.findOneOrFail(UserEntity, { handle: 'mallory' })).toMatchObject({ email: null })
  })

  test('stores an email address only if the provider has verified it', async () => {
    const em = chat.deps.orm.em.fork()
    for (const [sub, verified] of [
      ['yes', true],
      ['no', false],
      ['odd', 'true'],
    ] as const) {
      const email = `${sub}@example.org`
      const browser = await signIn({
        sub,
        email,
        email_verified: verified,
        preferred_username: `mail-${sub}`,
      })
      await browser.submit('#sign-up')
      const user = await em.findOneOrFail(UserEntity, { handle: `mail-${sub}` })
      expect([sub, user.email]).toEqual([sub, verified === true ? email : null])
    }
  })

  test('creates an account without a verified address that cannot be used, and with cut suggestions', async () => {
    const em = chat.deps.orm.em.fork()
    for (const [n, email] of ['ada@localhost', 'иван@пример.рф', 'ada@example.org.'].entries()) {
      const long = { preferred_username: 'x'.repeat(5000), name: '名'.repeat(5000) }
      const browser = await signIn({ sub: `odd-${n}`, email, email_verified: true, ...long })
      expect([...browser.cookies.values()].every((value) => value.length < 4000)).toBeTrue()
      await browser.submit('#sign-up', { username: `odd-${n}` })
      expect(await em.findOneOrFail(UserEntity, { handle: `odd-${n}` })).toMatchObject({ email: null })
    }
  })

  test('is offered on the sign-up page, too', async () => {
    const browser = await browse().visit(`${paths.signUp}?next=/settings`)
    expect(browser.texts('a.button')).toEqual(['Continue with Acme ID'])
    const start = browser.document.querySelector('a.button')!.getAttribute('href')!
    expect((await signIn(ada, browser, start)).path).toBe(paths.settings)
  })

  test('redirects to the requested page, but never to another site', async () => {
    await signIn(ada)
    for (const [next, path] of [
      ['/settings', '/settings'],
      ['//evil.example', '/'],
    ] as const) {
      const browser = await signIn(ada, browse(), `${paths.openIdSignIn}?next=${encodeURIComponent(next)}`)
      expect(browser.path).toBe(path)
    }
  })

  test.each<[string, (provider: TestProvider) => void]>([
    ['another nonce', (p) => (p.tamper = (claims) => ({ ...claims, nonce: 'another' }))],
    ['no nonce', (p) => (p.tamper = ({ nonce: _, ...claims }) => claims)],
    ['another audience', (p) => (p.tamper = (claims) => ({ ...claims, aud: 'another' }))],
    ['another issuer', (p) => (p.tamper = (claims) => ({ ...claims, iss: 'https://evil.example' }))],
    ['an expired token', (p) => (p.tamper = (claims) => ({ ...claims, exp: 1_700_000_000 }))],
    [
      'an earlier sign-in at the provider',
      (p) => (p.tamper = (claims) => ({ ...claims, auth_time: 1_700_000_000 })),
    ],
    ['no time of the sign-in', (p) => (p.tamper = ({ auth_time: _, ...claims }) => claims)],
    ...['ada-1 ', 'ada-1\0', 'ada-1\u{fffd}', 'x'.repeat(256)].map(
      (sub) =>
        [
          `the subject ${JSON.stringify(sub).slice(0, 20)}`,
          (p: TestProvider) => (p.tamper = (claims) => ({ ...claims, sub })),
        ] as [string, (provider: TestProvider) => void],
    ),
    ['a wrong signature', (p) => (p.breakSignature = true)],
  ])('refuses %s', async (_, spoil) => {
    spoil(provider)
    const logged = chat.logged.length
    const browser = await signIn(ada)
    Object.assign(provider, { tamper: null, breakSignature: false })
    expect(chat.logged.slice(logged).join()).toContain('sign-in failed')
    expect(browser.path).toBe(`${paths.signIn}?error=openid_failed`)
    expect(browser.texts(alert).join()).toContain("That sign-in didn't work")
    expect([...browser.cookies.keys()]).not.toContain(SESSION)
  })

  test('refuses a replayed code, a code without its browser, and a changed state', async () => {
    provider.account = ada
    const browser = browse()
    const callback = await browser.leave(paths.openIdSignIn).then(provider.follow)
    const cookies = new Map(browser.cookies)
    const other = browse()
    await other.visit(callback)
    expect(other.path).toContain('error=openid_failed')
    await browser.visit(callback.replace(/state=[^&]+/, 'state=other'))
    expect(browser.path).toContain('error=openid_failed')
    browser.cookies = new Map(cookies)
    await browser.visit(callback)
    expect(browser.path).toBe(paths.home)
    const replay = browse()
    replay.cookies = new Map(cookies)
    await replay.visit(callback)
    expect(replay.path).toContain('error=openid_failed')
    for (const nonsense of [
      '',
      '?',
      '?code=x',
      '?code=x&state=y',
      '?error=access_denied',
      '?state=%00&code=%F0',
    ])
      expect((await browse().visit(paths.openIdCallback + nonsense)).path).toContain('error=openid_failed')
  })

  test('logs no failed sign-in when its cookie has expired or belongs to another browser', async () => {
    provider.account = ada
    const callback = await browse().leave(paths.openIdSignIn).then(provider.follow)
    const logged = chat.logged.length
    const other = browse()
    for (const path of [callback, paths.openIdCallback, `${paths.openIdCallback}?code=x&state=y`])
      expect((await other.visit(path)).path).toContain('error=openid_failed')
    expect(chat.logged.slice(logged).filter((line) => line.includes('"event"'))).toEqual([])
  })

  test('reports that the user cancelled', async () => {
    const browser = await signIn(null)
    expect([browser.path, browser.texts(alert).join()]).toEqual([
      `${paths.signIn}?error=openid_cancelled`,
      expect.stringContaining('cancelled'),
    ])
  })

  test('reports that the provider is away, before and after the redirect, and passwords still work', async () => {
    provider.account = ada
    const browser = browse()
    const callback = await browser.leave(paths.openIdSignIn).then(provider.follow)
    await provider.stop()
    await browser.visit(callback)
    expect(browser.path).toBe(`${paths.signIn}?error=openid_unavailable`)
    const { status } = await (await chat.signUp('local')).get(paths.api.session)
    expect(status).toBe(200)
    await provider.start(ORIGIN)
    expect((await signIn(ada)).path).toBe(paths.home)
  })

  test('does not sign in to a disabled account', async () => {
    const browser = await signIn({ sub: 'gone', preferred_username: 'gone' })
    await browser.submit('#sign-up')
    const logged = chat.logged.length
    await chat.deps.orm.em.fork().nativeUpdate(UserEntity, { handle: 'gone' }, { disabledAt: new Date() })
    const again = await signIn({ sub: 'gone' })
    expect(again.texts(alert).join()).toContain('disabled')
    expect(chat.logged.slice(logged).join()).toContain('sign-in failed')
  })

  test('a deleted account leaves its identity free for a new one', async () => {
    const browser = await signIn({ sub: 'leaver', preferred_username: 'leaver' })
    await browser.submit('#sign-up')
    await browser.visit(paths.ownData)
    await browser.submit(`form[action="${paths.deleteAccount}"]`)
    expect(browser.path).toBe(`${paths.signIn}?deleted=1`)
    expect((await signIn({ sub: 'leaver' })).path).toBe(paths.openIdSignUp)
  })

  test('replaces the session that the browser had', async () => {
    const browser = await signIn(ada)
    const before = browser.cookies.get(SESSION)!
    await signIn(ada, browser)
    const { status } = await chat.stranger().fetch(paths.api.session, {
      headers: { authorization: `Bearer ${before}` },
    })
    expect(status).toBe(401)
  })

  test('reports other errors of the provider than a cancellation, and logs them', async () => {
    const browser = browse()
    const away = new URL(await browser.leave(paths.openIdSignIn))
    const query = new URLSearchParams({
      error: 'invalid_scope',
      state: away.searchParams.get('state')!,
      iss: provider.env.OIDC_ISSUER!,
    })
    await browser.visit(`${paths.openIdCallback}?${query}`)
    expect(browser.path).toBe(`${paths.signIn}?error=openid_failed`)
    expect(chat.logged.join()).toContain('invalid_scope')
  })

  test('signing out ends the session at the provider, too, and only if that started it', async () => {
    const browser = await signIn(ada)
    const url = new URL(await browser.leave(paths.signOut, { method: 'POST' }))
    expect([url.origin, url.pathname]).toEqual([provider.env.OIDC_ISSUER!, '/session/end'])
    expect(url.searchParams.get('post_logout_redirect_uri')).toBe(ORIGIN + paths.signIn)
    expect([...browser.cookies.keys()].filter((name) => !name.includes('device'))).toEqual([])
    await chat.signUp('local2')
    const local = await openSignedIn(chat, 'local2')
    await local.submit('form[action="/sign-out"]')
    expect(local.path).toBe(paths.signIn)
    // A later sign-in with the password in the same browser.
    const both = await signIn(ada)
    await both.visit(paths.signIn)
    both.cookies.delete(SESSION)
    await both.visit(paths.signIn)
    await both.submit('#sign-in', { username: 'local2', password: PASSWORD })
    await both.submit('form[action="/sign-out"]')
    expect(both.path).toBe(paths.signIn)
  })
})

describe.each(backends)('linking an account of the provider, on $name,', async (backend) => {
  const { chat, browse, signIn, provider, close } = await openOpenIdChat(backend)
  afterAll(close)
  await chat.signUp('ada')

  test('requires the password, and then both sign in', async () => {
    const browser = await openSignedIn(chat, 'ada')
    await browser.visit(paths.security)
    await browser.follow('Change')
    expect([browser.texts(alert), browser.texts('[role=status]')]).toEqual([[], []])
    await browser.submit('form.card', { password: 'wrong password' })
    expect([browser.path, browser.status]).toEqual([paths.openIdSettings, 422])
    provider.account = ada
    const body = new URLSearchParams({ password: PASSWORD })
    const away = await browser.leave(paths.openIdSettings, { method: 'POST', body })
    expect(new URL(away).searchParams.get('prompt')).toBe('login')
    await browser.visit(await provider.follow(away))
    expect(browser.path).toBe(`${paths.openIdSettings}?done=linked`)
    expect(chat.logged.join()).toContain('identity-linked succeeded')
    expect((await signIn(ada)).path).toBe(paths.home)
    expect((await chat.stranger().signIn('ada')).status).toBe(200)
  })

  test('is refused for an account that signs in another user', async () => {
    await chat.signUp('bob')
    const browser = await openSignedIn(chat, 'bob')
    const body = new URLSearchParams({ password: PASSWORD })
    const away = await browser.leave(paths.openIdSettings, { method: 'POST', body })
    await browser.visit(await provider.follow(away))
    expect(browser.path).toBe(`${paths.openIdSettings}?error=openid_taken`)
    expect(browser.texts(alert).join()).toContain('linked to another user')
  })

  test('is refused when another session has taken over the browser', async () => {
    await chat.signUp('carol')
    await chat.signUp('dave')
    const browser = await openSignedIn(chat, 'carol')
    provider.account = { sub: 'carol-1' }
    const body = new URLSearchParams({ password: PASSWORD })
    const away = await browser.leave(paths.openIdSettings, { method: 'POST', body })
    const dave = await openSignedIn(chat, 'dave')
    browser.cookies.set(SESSION, dave.cookies.get(SESSION)!)
    const logged = chat.logged.length
    await browser.visit(await provider.follow(away))
    expect(browser.path).toContain('error=openid_failed')
    const events = chat.logged.slice(logged).map((line) => JSON.parse(line))
    const { id } = await chat.deps.orm.em.fork().findOneOrFail(UserEntity, { handle: 'dave' })
    expect(events.filter(({ event }) => event)).toMatchObject([
      { event: 'identity-linked', outcome: 'failed', user: id },
    ])
    expect(await chat.deps.orm.em.fork().count(IdentityEntity, { subject: 'carol-1' })).toBe(0)
  })

  test('is undone with the password, and is in the export until then', async () => {
    const browser = await openSignedIn(chat, 'ada')
    const exported = await (await browser.visit(paths.exportJson)).html
    expect(JSON.parse(exported).account.identities).toMatchObject([{ subject: 'ada-1' }])
    await browser.visit(paths.openIdSettings)
    await browser.submit('form.card', { password: PASSWORD })
    expect(browser.path).toBe(`${paths.openIdSettings}?done=unlinked`)
    expect(chat.logged.join()).toContain('identity-unlinked succeeded')
    expect((await signIn(ada)).path).toBe(paths.openIdSignUp)
  })

  test('asks for the code while two-factor authentication is on', async () => {
    const eve = await chat.signUp('eve')
    const linked = await openSignedIn(chat, 'eve')
    provider.account = { sub: 'eve-1' }
    const body = new URLSearchParams({ password: PASSWORD })
    const away = await linked.leave(paths.openIdSettings, { method: 'POST', body })
    await linked.visit(await provider.follow(away))
    await enableTwoFactor(chat, eve)
    const browser = await signIn({ sub: 'eve-1' }, browse())
    expect(browser.document.querySelector('[name=code]')).not.toBeNull()
    expect([...browser.cookies.keys()]).not.toContain(SESSION)
  })
})

describe.each(backends)('an account without a password, on $name,', async (backend) => {
  const { chat, signIn, close } = await openOpenIdChat(backend, { PASSWORDS: 'off' })
  afterAll(close)
  const browser = await signIn(ada)
  await browser.submit('#sign-up')

  test('is the only kind with PASSWORDS=off', async () => {
    const stranger = chat.stranger()
    const created = await stranger.post(paths.api.users, { username: 'bob', password: PASSWORD })
    expect([created.status, created.body.errors[0].code]).toEqual([403, 'passwords_off'])
    for (const password of ['', PASSWORD]) expect((await stranger.signIn('ada', password)).status).toBe(403)
    const page = await openBrowser(chat).visit(paths.signUp)
    expect([page.path, page.document.querySelector('[name=password]')]).toEqual([paths.signIn, null])
    expect(page.texts('a.button')).toEqual(['Sign in with Acme ID'])
  })

  test('is not offered a password anywhere', async () => {
    for (const path of [paths.forgotPassword, `${paths.resetPassword}?token=x`])
      expect((await openBrowser(chat).visit(path)).path).toBe(paths.signIn)
    const stranger = chat.stranger()
    const reset = { token: 'x', password: PASSWORD }
    expect((await stranger.post(paths.api.passwordResetCompletion, reset)).status).toBe(403)
    const [username, password] = ['grace', PASSWORD]
    for (const refused of [
      addUser(chat.deps, commandLine, { username, password }),
      setPassword(chat.deps, commandLine, { username: 'ada', password }),
      createUserResetLink(chat.deps, commandLine, 'ada'),
    ])
      await expect(refused).rejects.toBeInstanceOf(PasswordsOff)
    const admin = await signIn({ sub: 'boss-1', preferred_username: 'boss' })
    await admin.submit('#sign-up')
    await changeUser(chat.deps, commandLine, { username: 'boss', role: 'admin', isConfirmed: true })
    await admin.visit('/admin/users')
    expect(admin.document.querySelector('[href="/admin/users/new"]')).toBeNull()
    expect((await admin.visit('/admin/users/new')).path).toBe('/admin/users')
    await admin.visit('/admin/users/of/ada')
    expect(admin.document.querySelector('#reset-link')).toBeNull()
  })

  test('confirms changes by a recent sign-in', async () => {
    await browser.visit(paths.ownData)
    expect(browser.document.querySelector('[name=password]')).toBeNull()
    chat.advance(11 * 60)
    await browser.submit('form.card')
    expect(browser.status).toBe(422)
    expect(browser.texts(alert).join()).toContain('Sign in again')
  })

  test('keeps its last way to sign in', async () => {
    const again = await signIn(ada)
    await again.visit(paths.openIdSettings)
    await again.submit('form.card')
    expect([again.status, again.texts(alert).join()]).toEqual([
      422,
      expect.stringContaining('only way to sign in'),
    ])
    expect((await signIn(ada)).path).toBe(paths.home)
  })

  test('keeps its last passkey while only an account of a former provider is linked', async () => {
    const again = await signIn(ada)
    const em = chat.deps.orm.em.fork()
    const { user, issuer } = await em.findOneOrFail(IdentityEntity, { subject: ada.sub })
    const now = { createdAt: new Date(), usedAt: null }
    const key = { user, credentialId: 'c', publicKey: Buffer.from('k'), counter: 0, name: 'Key', ...now }
    const id = String(await em.insert(PasskeyEntity, key))
    const remove = async () => {
      await again.visit(paths.passkey(id))
      await again.submit(`form[action="${paths.removePasskey(id)}"]`)
      return [again.path, again.status]
    }
    const linked = async () => {
      const { document } = await again.visit(paths.openIdSettings)
      return document.querySelector('form.card')!.getAttribute('action') === paths.unlinkOpenId
    }
    await em.nativeUpdate(IdentityEntity, { user }, { issuer: 'https://former.example' })
    expect(await remove()).toEqual([paths.removePasskey(id), 422])
    expect(again.texts(alert).join()).toContain('only way to sign in')
    expect(await linked()).toBe(false)
    // The setting may lack the slash with which the provider writes its name.
    await em.nativeUpdate(IdentityEntity, { user }, { issuer: `${issuer}/` })
    expect(await linked()).toBe(true)
    expect(await remove()).toEqual([`${paths.passkeys}?done=removed`, 200])
  })
})

test.each([
  ['closed', 'Sign-up is closed.'],
  ['invite', 'You need an invite'],
])('with SIGN_UP=%s, the provider signs in existing accounts only', async (SIGN_UP, reason) => {
  const { chat, signIn, close } = await openOpenIdChat(backends[0]!, { SIGN_UP })
  const browser = await signIn(ada)
  expect([browser.path.split('?')[0], browser.texts(alert).join()]).toEqual([
    paths.signIn,
    expect.stringContaining(reason),
  ])
  const em = chat.deps.orm.em.fork()
  expect(await em.count(UserEntity, {})).toBe(0)
  const { id: user } = await createUser(chat.deps, { username: 'ada', password: PASSWORD })
  const issuer = chat.env.OIDC_ISSUER!
  await em.insert(IdentityEntity, { issuer, subject: ada.sub, user, createdAt: new Date() })
  expect((await signIn(ada)).path).toBe(paths.home)
  await close()
})

test('without a provider, there is nothing of it', async () => {
  const chat = await openChat(backends[0]!)
  for (const path of [paths.openIdSignIn, paths.openIdCallback, paths.openIdSignUp])
    expect((await chat.stranger().fetch(path)).status).toBe(404)
  expect((await openBrowser(chat).visit(paths.signIn)).texts('a.button')).toEqual([])
  await chat.close()
})
