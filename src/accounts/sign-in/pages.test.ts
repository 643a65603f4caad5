import { afterAll, describe, expect, test } from 'bun:test'
import { type Browser, openBrowser, openSignedIn } from '../../../test/support/browser.ts'
import { backends, openChat, sqlite } from '../../../test/support/chat.ts'
import { PASSWORD } from '../../../test/support/person.ts'
import { paths } from '../../../web/paths.ts'
import { safePath } from './next-path.ts'

const chat = await openChat(sqlite)
afterAll(() => chat.close())
await chat.signUp('ada', { displayName: 'Ada Lovelace' })
const signedIn = (headers = {}) => openSignedIn(chat, 'ada', headers)
/** The error text of a field. */
const fault = (browser: Browser, name: string) => {
  const field = browser.document.querySelector(`[name=${name}]`)
  expect(field?.getAttribute('aria-invalid')).toBe('true')
  const about = field?.getAttribute('aria-describedby')?.split(' ') ?? []
  return about.map((id) => browser.document.getElementById(id)?.textContent).join(' ')
}
const value = (browser: Browser, name: string) =>
  browser.document.querySelector(`[name=${name}]`)?.getAttribute('value') ?? ''

describe('without JavaScript, a visitor', () => {
  test('is redirected to the sign-in, and then to the requested page', async () => {
    const browser = await openBrowser(chat).visit('/people?search=a')
    expect(browser.path).toBe('/sign-in?next=%2Fpeople%3Fsearch%3Da')
    await browser.submit('#sign-in', { username: 'ada', password: PASSWORD })
    expect([browser.path, browser.status]).toEqual(['/people?search=a', 200])
  })

  test('signs up and is signed in', async () => {
    const browser = await openBrowser(chat).visit(paths.home)
    await browser.follow('Create an account')
    await browser.submit('#sign-up', { username: 'Grace', password: PASSWORD, displayName: 'Grace Hopper' })
    expect([browser.path, browser.status]).toEqual([paths.home, 200])
    expect(browser.html).toContain('Grace Hopper')
    await browser.visit(paths.signUp)
    expect(browser.path).toBe(paths.home)
  })

  test('sees the error of each field at sign-up, and keeps all input except the password', async () => {
    const browser = await openBrowser(chat).visit(paths.signUp)
    const password = 'short_1'
    await browser.submit('#sign-up', {
      username: '<b>"x\'',
      password,
      displayName: 'x'.repeat(81),
      email: 'nowhere',
    })
    expect([browser.path, browser.status]).toEqual([paths.signUp, 422])
    for (const name of ['username', 'password', 'displayName', 'email'])
      expect(fault(browser, name)).toMatch(/\w{3}/)
    expect(value(browser, 'username')).toBe('<b>"x\'')
    expect(value(browser, 'email')).toBe('nowhere')
    expect(browser.html).not.toContain(password)
    await browser.submit('#sign-up', { username: 'ADA', password: PASSWORD, displayName: '', email: '' })
    expect(fault(browser, 'username')).toContain('taken')
  })

  test('does not see whether the username or the password is wrong', async () => {
    const browser = await openBrowser(chat).visit('/sign-in?next=/settings')
    const answers = []
    for (const username of ['ada', 'nobody']) {
      await browser.submit('#sign-in', { username, password: 'wrong password' })
      expect(browser.status).toBe(422)
      expect(value(browser, 'username')).toBe(username)
      expect(browser.html).not.toContain('wrong password')
      answers.push(browser.texts('.summary'))
    }
    const shown = ["That username and password don't match."]
    expect(answers).toEqual([shown, shown])
    await browser.submit('#sign-in', { username: 'ada', password: PASSWORD })
    expect(browser.path).toBe('/settings')
  })

  test('sees how long to wait after too many wrong passwords', async () => {
    const browser = await openBrowser(chat).visit(paths.signIn)
    for (let n = 0; n < 11; n++)
      await browser.submit('#sign-in', { username: 'ada', password: 'wrong password' })
    expect(browser.status).toBe(429)
    expect(browser.texts('[role=alert]').join()).toMatch(/15 minutes/)
    expect(Number(browser.headers.get('retry-after'))).toBeWithin(1, 901)
  })

  test('sees errors after submitting empty forms', async () => {
    const browser = await openBrowser(chat).visit(paths.signIn)
    await browser.submit('#sign-in')
    expect(browser.status).toBe(422)
    await browser.visit(paths.signUp)
    await browser.submit('#sign-up')
    expect(browser.status).toBe(422)
    expect(fault(browser, 'username')).toContain('3')
  })
})

describe('without JavaScript, a signed-in user', () => {
  test('signs out, which invalidates the cookie', async () => {
    const browser = await signedIn()
    const kept = new Map(browser.cookies)
    expect(kept.get('chatapp-session-3000')).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/)
    await browser.submit('form[action="/sign-out"]')
    expect([browser.path, browser.cookies.has('chatapp-session-3000')]).toEqual([paths.signIn, false])
    const thief = openBrowser(chat)
    thief.cookies = kept
    await thief.visit(paths.home)
    expect(thief.path).toBe(paths.signIn)
  })

  test('sees the token on no page', async () => {
    const browser = await signedIn()
    const token = browser.cookies.get('chatapp-session-3000')!
    for (const path of [paths.home, '/chat/ada', paths.settings, paths.people, '/nowhere']) {
      await browser.visit(path)
      expect(browser.html).not.toContain(token)
    }
  })

  test('changes language, theme, zone and name, and sees pages with them', async () => {
    const browser = await signedIn({ 'accept-language': 'de, en;q=0.5' })
    await browser.visit(paths.settings)
    expect(browser.document.documentElement.getAttribute('lang')).toBe('en')
    await browser.submit('#settings', {
      displayName: 'Countess',
      language: 'zh',
      theme: 'dark',
      zone: 'Asia/Shanghai',
    })
    expect([browser.path, browser.status]).toEqual(['/settings?saved=1', 200])
    expect(browser.document.documentElement.getAttribute('lang')).toMatch(/^zh/)
    expect(browser.html).toMatch(/data-theme="dark"/)
    expect(browser.document.querySelector('[name=zone] option[selected]')?.getAttribute('value')).toBe(
      'Asia/Shanghai',
    )
    expect(value(browser, 'displayName')).toBe('Countess')
    await browser.submit('#settings', { displayName: 'Ada Lovelace', language: '', theme: '', zone: '' })
    expect(browser.document.documentElement.getAttribute('lang')).toBe('en')
  })

  test('sees the error of each field in the settings, and nothing is changed', async () => {
    const browser = await signedIn()
    await browser.visit(paths.settings)
    await browser.submit('#settings', { displayName: 'x'.repeat(81) })
    expect(browser.status).toBe(422)
    expect(fault(browser, 'displayName')).toMatch(/80/)
    expect(value(browser, 'displayName')).toBe('x'.repeat(81))
    await browser.visit(paths.settings)
    expect(value(browser, 'displayName')).toBe('Ada Lovelace')
  })
})

describe('with htmx', () => {
  const htmx = { 'hx-request': 'true', accept: '*/*' }

  test('a valid form redirects the page, and an invalid one returns the form', async () => {
    const browser = await openBrowser(chat).visit(paths.signIn)
    const over = openBrowser(chat, htmx)
    over.document = browser.document
    await over.submit('#sign-in', { username: 'ada', password: PASSWORD })
    expect([over.status, over.headers.get('hx-redirect'), over.html]).toEqual([204, paths.home, ''])
    over.document = browser.document
    await over.submit('#sign-in', { username: 'ada', password: 'wrong password' })
    expect(over.status).toBe(422)
    expect(over.html).toStartWith('<form')
    expect(over.headers.get('vary')).toContain('HX-Request')
    expect(over.headers.get('cache-control')).toBe('no-store')
  })

  test('a user who was signed out is redirected to the sign-in', async () => {
    const over = await openBrowser(chat, htmx).visit('/chat/ada')
    expect([over.status, over.headers.get('hx-redirect')]).toEqual([204, '/sign-in?next=%2Fchat%2Fada'])
  })
})

test.each([
  ['/chat/ada?before=3', '/chat/ada?before=3'],
  ['/', '/'],
  ['/%2f%2fevil.com', '/%2f%2fevil.com'],
  ['/chat/日', '/chat/%E6%97%A5'],
  ['/..//evil.com', null],
  ['//evil.com', null],
  ['/..//evil.com', null],
  ['/./\\evil.com', null],
  ['/chat/字', '/chat/%E5%AD%97'],
  ['/\\evil.com', null],
  ['/x\\evil.com', null],
  ['\\\\evil.com', null],
  ['/\t/evil.com', null],
  ['/\n/evil.com', null],
  ['https://evil.com', null],
  ['javascript:alert(1)', null],
  ['evil.com', null],
  [' //evil.com', null],
  ['', null],
])('next=%p redirects to %p after the sign-in', async (next, path) => {
  expect(safePath(next)).toBe(path)
  if (path !== null) expect(new URL(path, 'http://localhost').host).toBe('localhost')
  const browser = await openBrowser(chat).visit(`/sign-in?next=${encodeURIComponent(next)}`)
  expect(browser.document.querySelector('[name=next]')?.getAttribute('value') ?? null).toBe(path)
})

describe.each(backends)('the next field of a form, on $name,', async (backend) => {
  const chat = await openChat(backend)
  afterAll(() => chat.close())
  await chat.signUp('ada')

  test.each([paths.signIn, paths.signUp])('does not redirect %s to another site', async (path) => {
    for (const next of [
      '//evil.com',
      '/\\evil.com',
      '/\t/evil.com',
      'javascript:alert(1)',
      'https://evil.com/chat',
    ]) {
      const username = path === paths.signIn ? 'ada' : `new-${crypto.randomUUID().slice(0, 8)}`
      const body = new URLSearchParams({ username, password: PASSWORD, next })
      const { status, headers } = await chat.stranger().fetch(path, { method: 'POST', body })
      expect([next, status, headers.get('location')]).toEqual([next, 303, paths.home])
      const linked = await chat.stranger().fetch(`${path}?next=${encodeURIComponent(next)}`)
      expect(await linked.text()).not.toContain('evil.com')
    }
  })
})

test.each([
  ['zh-CN,zh;q=0.9', 'zh'],
  ['de,zh;q=0.2,en;q=0.1', 'zh'],
  ['en-GB', 'en'],
  ['fr', 'en'],
  ['nonsense;;;q=x', 'en'],
  ['', 'en'],
])('Accept-Language: %p gets a page in %p', async (acceptLanguage, language) => {
  const browser = await openBrowser(chat, { 'accept-language': acceptLanguage }).visit(paths.signIn)
  expect(browser.document.documentElement.getAttribute('lang')).toStartWith(language)
  await browser.submit('#sign-in', { username: 'nobody', password: 'wrong password' })
  expect(/[\u4e00-\u9fff]/.test(browser.texts('[role=alert]').join())).toBe(language === 'zh')
})
