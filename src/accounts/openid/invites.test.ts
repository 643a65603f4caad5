import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { newAdmin } from '../../../test/support/admin.ts'
import { type Browser, openBrowser } from '../../../test/support/browser.ts'
import { backends } from '../../../test/support/chat.ts'
import { openOpenIdChat } from '../../../test/support/openid-chat.ts'
import { paths, withQuery } from '../../../web/paths.ts'
import { InvitedUserEntity, InviteEntity } from '../invites/entity.ts'
import { listNewContacts } from '../invites/new-contacts.ts'
import { UserEntity } from '../users/entity.ts'
import { createUser } from '../users/service.ts'
import { IdentityEntity } from './entity.ts'

// Long enough to catch only a hang.
setDefaultTimeout(180_000)

const alert = '.summary'
const GONE = [404, ['This invite no longer works']]

describe.each(backends)('an invite and an OpenID provider, on $name,', async (backend) => {
  const env = { SIGN_UP: 'invite', RATE_LIMITS: 'off', PASSWORDS: 'off' }
  const { chat, provider, browse, signIn, close } = await openOpenIdChat(backend, env)
  afterAll(close)
  const em = () => chat.deps.orm.em.fork()

  const { id: root } = await createUser(
    chat.deps,
    { username: 'root', displayName: 'Root', password: null, role: 'admin' },
    { allowReserved: true },
  )
  const issuer = provider.env.OIDC_ISSUER!
  await em().insert(IdentityEntity, { issuer, subject: 'root', user: root, createdAt: new Date() })

  const invite = async (uses = 1): Promise<string> => {
    const browser = await signIn({ sub: 'root' })
    await browser.visit(paths.invites)
    await browser.submit(`form[action="${paths.invites}"]`, { uses: String(uses) })
    return browser.document.querySelector('textarea.secret')!.textContent!
  }
  const choose = (browser: Browser) =>
    browser.document.querySelector(`a[href^="${paths.openIdSignIn}"]`)!.getAttribute('href')!
  /** Opens the link and continues with the provider. */
  const follow = async (link: string, sub: string, browser = browse()) => {
    await browser.visit(link)
    return signIn({ sub, preferred_username: sub }, browser, choose(browser))
  }
  const join = async (link: string, sub: string) => {
    const browser = await follow(link, sub)
    return browser.submit('#sign-up')
  }
  const shown = ({ status, texts }: Browser) => [status, texts('h1')]
  const exists = async (handle: string) => (await em().count(UserEntity, { handle })) === 1
  const isOpen = async () => (await em().count(InviteEntity, {})) > 0

  test('create an account together, after which the two people see each other first', async () => {
    const link = await invite()
    const browser = await browse().visit(link)
    expect(browser.texts('a.button')).toEqual(['Continue with Acme ID'])
    expect(browser.document.querySelector('[name=password]')).toBeNull()
    const [inviter, ...others] = browser.texts('.whoami bdi')
    expect([inviter, others]).toEqual(['Root', []])

    await follow(link, 'grace', browser)
    expect([browser.path, browser.texts('.whoami bdi')]).toEqual([paths.openIdSignUp, ['Root']])
    // Neither the way to the provider nor a refused form uses it.
    await browser.submit('#sign-up', { username: 'x' })
    expect([browser.status, browser.texts('.whoami bdi'), await isOpen()]).toEqual([422, ['Root'], true])
    await browser.submit('#sign-up', { username: 'grace' })
    expect([browser.path, browser.status]).toEqual([paths.chat('root'), 200])
    const { id } = await em().findOneOrFail(UserEntity, { handle: 'grace' })
    expect(await em().count(InvitedUserEntity, { user: id, inviter: root })).toBe(1)
    const contacts = async (user: number) =>
      (await listNewContacts(chat.deps, { id: user })).map(({ username }) => username)
    expect([await contacts(root), await contacts(id)]).toEqual([['grace'], ['root']])
    expect([await isOpen(), shown(await browse().visit(link))]).toEqual([false, GONE])
  })

  test('are offered in Chinese, too', async () => {
    const browser = await browse({ 'accept-language': 'zh' }).visit(await invite())
    expect(browser.texts('a.button')).toEqual(['使用 Acme ID 继续'])
    await follow(browser.path, 'ling', browser)
    expect(browser.texts('.whoami p').at(-1)).toBe('邀请你来这里聊天。')
    await em().nativeDelete(InviteEntity, {})
  })

  test('create as many accounts as the invite allows', async () => {
    const link = await invite(2)
    for (const sub of ['first', 'second']) expect((await join(link, sub)).path).toBe(paths.chat('root'))
    expect(shown(await browse().visit(link))).toEqual(GONE)
  })

  test('use nothing when an existing account signs in', async () => {
    await join(await invite(), 'henry')
    const link = await invite()
    const browser = await follow(link, 'henry')
    expect([browser.path, await isOpen()]).toEqual([paths.chat('root'), true])
    expect((await join(link, 'irene')).path).toBe(paths.chat('root'))
  })

  test('refuse an invite that ended before the visitor left, at the provider, and while choosing a username', async () => {
    const end = {
      revoked: () => em().nativeDelete(InviteEntity, {}),
      expired: () => em().nativeUpdate(InviteEntity, {}, { expiresAt: new Date() }),
      used: (link: string) => join(link, `winner-${crypto.randomUUID().slice(0, 8)}`),
      demoted: () => em().nativeUpdate(UserEntity, { id: root }, { role: 'user' }),
    }
    for (const [how, ending] of Object.entries(end)) {
      const link = await invite()
      const late = await follow(link, `late-${how}`)
      const away = await browse().visit(link)
      const left = await away.leave(choose(away))
      provider.account = { sub: `away-${how}` }
      const back = await provider.follow(left)
      const before = await browse().visit(link)
      await ending(link)
      expect([how, ...shown(await before.visit(choose(before)))]).toEqual([how, ...GONE])
      expect([how, ...shown(await away.visit(back))]).toEqual([how, ...GONE])
      expect([how, ...shown(await late.submit('#sign-up'))]).toEqual([how, ...GONE])
      expect([how, await exists(`late-${how}`)]).toEqual([how, false])
      await em().nativeUpdate(UserEntity, { id: root }, { role: 'admin' })
      await em().nativeDelete(InviteEntity, {})
    }
  })

  test('create one account when several people use a single-use invite at once', async () => {
    const link = await invite()
    const subs = ['race-1', 'race-2', 'race-3', 'race-4']
    const browsers: Browser[] = []
    // One after the other, because the provider knows one account at a time.
    for (const sub of subs) browsers.push(await follow(link, sub))
    await Promise.all(browsers.map(submit))
    const found = await em().find(UserEntity, { handle: subs })
    expect(found).toHaveLength(1)
    expect(await em().count(IdentityEntity, { subject: subs })).toBe(1)
    const joined = browsers.filter(({ path }) => path === paths.chat('root'))
    expect(joined).toHaveLength(1)
    for (const other of browsers.filter((browser) => !joined.includes(browser)))
      expect(shown(other)).toEqual(GONE)
  })

  test('create one account and sign in with both when a form is sent twice', async () => {
    const once = await follow(await invite(), 'twice')
    const again = await browse().visit(paths.signIn)
    again.cookies = new Map(once.cookies)
    await again.visit(paths.openIdSignUp)
    await Promise.all([once, again].map(submit))
    const [late, ...more] = [once, again].filter(({ path }) => path !== paths.chat('root'))
    expect([late?.path, more]).toEqual([expect.stringContaining(issuer), []])
    await late!.visit(await provider.follow(late!.path))
    expect(late!.path).toBe(paths.chat('root'))
    expect(await em().count(IdentityEntity, { subject: 'twice' })).toBe(1)
  })

  test('survive a cancelled sign-in and a provider that is away', async () => {
    const link = await invite()
    const browser = await browse().visit(link)
    await signIn(null, browser, choose(browser))
    expect([browser.path.split('?')[0], browser.texts(alert)]).toEqual([
      paths.invite,
      ['The sign-in was cancelled.'],
    ])
    provider.account = { sub: 'patient', preferred_username: 'patient' }
    const callback = await browser.leave(choose(browser)).then(provider.follow)
    await provider.stop()
    await browser.visit(callback)
    expect([browser.path.split('?')[0], browser.texts(alert).join()]).toEqual([
      paths.invite,
      expect.stringContaining("can't be reached"),
    ])
    await provider.start('http://localhost:3000')
    await signIn(provider.account, browser, choose(browser))
    await browser.submit('#sign-up')
    expect(browser.path).toBe(paths.chat('root'))
  })

  test('are both needed, and an invite cannot be added to the cookie of the sign-in', async () => {
    for (const [headers, reason] of [
      [{}, 'You need an invite to create an account here.'],
      [{ 'accept-language': 'zh' }, '需要邀请才能在这里创建账号。'],
    ] as const) {
      const browser = await signIn({ sub: 'stranger' }, browse(headers))
      expect([browser.path, browser.texts(alert)]).toEqual([
        withQuery(paths.signIn, { error: 'invite_required' }),
        [reason],
      ])
      expect(shown(await browser.visit(paths.openIdSignUp))[0]).toBe(200)
      expect(browser.path).toBe(paths.signIn)
    }
    const token = new URL(await invite()).searchParams.get('token')
    const browser = browse()
    provider.account = { sub: 'forger' }
    const callback = await browser.leave(paths.openIdSignIn).then(provider.follow)
    for (const [name, value] of browser.cookies) {
      const [head, payload, signature] = value.split('.')
      if (!signature) continue
      const claims = JSON.parse(Buffer.from(payload!, 'base64url').toString())
      claims.value = JSON.stringify({ ...JSON.parse(claims.value), invite: token })
      const forged = Buffer.from(JSON.stringify(claims)).toString('base64url')
      browser.cookies.set(name, [head, forged, signature].join('.'))
    }
    await browser.visit(callback)
    expect(browser.path).toBe(withQuery(paths.signIn, { error: 'openid_failed' }))
  })
})

test('with passwords, the page behind an invite offers both', async () => {
  const { chat, signIn, close } = await openOpenIdChat(backends[0]!, { SIGN_UP: 'invite' })
  const root = await newAdmin(chat, 'root')
  const { link } = (await root.post(paths.api.invites, {})).body
  const browser = await openBrowser(chat).visit(link)
  expect(browser.document.querySelector('[name=password]')).not.toBeNull()
  const start = browser.document.querySelector('a.button')!.getAttribute('href')!
  await signIn({ sub: 'grace', preferred_username: 'grace' }, browser, start)
  await browser.submit('#sign-up')
  expect(browser.path).toBe(paths.chat('root'))
  await close()
})

/** Submits the form again while the database is busy. */
async function submit(browser: Browser): Promise<void> {
  do await browser.submit('#sign-up')
  while (browser.status === 503)
}
