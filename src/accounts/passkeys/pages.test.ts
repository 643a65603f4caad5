import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { newAuthenticator } from '../../../test/support/authenticator.ts'
import { openBrowser, openSignedIn } from '../../../test/support/browser.ts'
import { openChat, sqlite } from '../../../test/support/chat.ts'
import { PASSWORD } from '../../../test/support/person.ts'
import { paths, withQuery } from '../../../web/paths.ts'

// Hashing passwords is slow on a busy machine.
setDefaultTimeout(180_000)

const chat = await openChat(sqlite)
afterAll(() => chat.close())
await chat.signUp('ada')
const bob = await chat.signUp('bob')
const browser = await openSignedIn(chat, 'ada', {
  'user-agent': 'Mozilla/5.0 (Windows NT 10.0) Firefox/128.0',
})
const device = newAuthenticator(chat.deps.config.origin)
const form = 'form[data-passkey]'
const attribute = (name: string) => browser.document.querySelector(form)!.getAttribute(name)!

test('a passkey is created on a page behind the password, with the name of the device', async () => {
  await browser.visit(paths.passkeys)
  expect(browser.texts('p')).toContain('No passkeys yet.')
  await browser.submit(`form[action="${paths.beginPasskey}"]`, { password: 'guessed' })
  expect([browser.status, browser.texts('.field-error')]).toEqual([
    422,
    [
      "Passkeys aren't available here. They need HTTPS, a domain name and a browser that supports them.",
      "That's not your current password.",
    ],
  ])
  await browser.submit(`form[action="${paths.beginPasskey}"]`, { password: PASSWORD })
  expect(browser.document.querySelector('[name=name]')!.getAttribute('value')).toBe('Firefox · Windows')
  expect(browser.headers.get('cache-control')).toBe('no-store')
  // Hidden until the script finds support for passkeys.
  expect(browser.document.querySelector(form)!.hasAttribute('hidden')).toBe(true)
  const credential = device.create(JSON.parse(attribute('data-creation')))
  await browser.submit(form, { credential: JSON.stringify(credential) })
  expect(browser.texts('.saved')).toEqual(['Passkey added. You can use it next time you sign in.'])
  expect(browser.texts('.owned-row .row-name')).toEqual(['Firefox · Windows'])
})

test('the sign-in form accepts the response of a passkey and redirects', async () => {
  const stranger = openBrowser(chat)
  await stranger.visit(withQuery(paths.signIn, { next: paths.chat('bob') }))
  const answer = async () => {
    const { body } = await chat.stranger().post(paths.api.passkeyRequest, undefined)
    return JSON.stringify(device.get(body))
  }
  const used = await answer()
  await stranger.submit(form, { credential: used })
  expect(stranger.path).toBe(paths.chat('bob'))
  for (const credential of [used, 'nonsense', '', '{}', 'null']) {
    const other = openBrowser(chat)
    await other.visit(paths.signIn)
    await other.submit(form, { credential, next: '//evil.example' })
    expect([other.status, other.texts('.summary')]).toEqual([
      422,
      ["This passkey can't be used to sign in here. Use your password instead."],
    ])
    expect(other.html).not.toContain('evil')
    expect(other.cookies.size).toBe(0)
  }
})

test('only pages with passkeys load the passkey script', async () => {
  const { passkeys } = chat.deps.assets
  for (const [path, loads] of [
    [paths.passkeys, true],
    [paths.settings, false],
    [paths.home, false],
  ] as const) {
    await browser.visit(path)
    expect([path, browser.html.includes(passkeys)]).toEqual([path, loads])
  }
  expect((await openBrowser(chat).visit(paths.signIn)).html).toContain(passkeys)
})

test('without JavaScript, a passkey can be renamed and, with the password, removed', async () => {
  await browser.visit(paths.passkeys)
  await browser.follow('Edit')
  const page = browser.path
  await browser.submit(`form[action="${page}"]`, { name: ' ' })
  expect([browser.status, browser.texts('.field-error')]).toEqual([422, ['Fill in this field.']])
  await browser.submit(`form[action="${page}"]`, { name: 'Desk <b>' })
  expect([browser.texts('.saved'), browser.texts('h2')[0]]).toEqual([['Changes saved.'], 'Desk <b>'])

  const his = await openSignedIn(chat, 'bob')
  expect((await his.visit(page)).status).toBe(404)
  const type = 'application/x-www-form-urlencoded'
  for (const [path, body] of [
    [page, 'name=mine'],
    [`${page}/remove`, `password=${encodeURIComponent(PASSWORD)}`],
  ] as const) {
    const { status } = await bob.fetch(path, { method: 'POST', headers: { 'content-type': type }, body })
    expect([path, status]).toEqual([path, 404])
  }

  await browser.submit(`form[action="${page}/remove"]`, { password: 'guessed' })
  expect([browser.status, browser.texts('.field-error')]).toEqual([
    422,
    ["That's not your current password."],
  ])
  await browser.submit(`form[action="${page}/remove"]`, { password: PASSWORD })
  expect([browser.path, browser.texts('.saved'), browser.texts('.owned-row')]).toEqual([
    `${paths.passkeys}?done=removed`,
    ['Passkey removed.'],
    [],
  ])
  expect((await browser.visit(page)).status).toBe(404)
})
