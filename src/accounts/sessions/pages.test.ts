import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { openSignedIn } from '../../../test/support/browser.ts'
import { openChat, sqlite } from '../../../test/support/chat.ts'
import { PASSWORD } from '../../../test/support/person.ts'
import { paths } from '../../../web/paths.ts'

// Hashing passwords is slow on a busy machine.
setDefaultTimeout(180_000)

const chat = await openChat(sqlite)
afterAll(() => chat.close())
const ada = await chat.signUp('ada')
const browser = await openSignedIn(chat, 'ada', {
  'user-agent': 'Mozilla/5.0 (Windows NT 10.0) Firefox/128.0',
})
const status = async (token = ada.token) =>
  (await Object.assign(chat.stranger(), { token }).get(paths.api.session)).status

test('without JavaScript, the settings link to each of their pages and mark the current one', async () => {
  await browser.visit(paths.settings)
  for (const [name, path] of [
    ['Security', paths.security],
    ['Passkeys', paths.passkeys],
    ['Two-factor', paths.twoFactor],
    ['API tokens', paths.tokens],
    ['Your data', paths.ownData],
    ['Blocked', paths.blocked],
    ['Profile', paths.settings],
  ] as const) {
    await browser.follow(name)
    expect([browser.path, browser.status]).toEqual([path, 200])
    expect(browser.texts('.sections [aria-current]')).toEqual([name])
  }
})

test('without JavaScript, sessions are listed and can be ended', async () => {
  await browser.visit(paths.security)
  const names = browser.texts('.owned-row .row-name')
  expect(names[0]).toBe('Firefox · WindowsThis browser')
  expect(names).toHaveLength(2)
  // The current session has no button.
  expect(browser.texts('.owned-row button')).toHaveLength(1)
  const endOthers = `form[action="${paths.endSessions}"]`
  expect(browser.texts(endOthers)).toEqual(['Sign out everywhere else'])
  await browser.submit('.owned-row form')
  expect(browser.texts('.saved')).toEqual(['Signed out.'])
  expect([browser.texts('.owned-row').length, await status()]).toEqual([1, 401])
  // With only this session, there is nothing to end.
  expect(browser.texts(endOthers)).toEqual([])
  await ada.signIn('ada')
  await browser.visit(paths.security)
  await browser.submit(endOthers)
  expect([browser.texts('.owned-row').length, await status()]).toEqual([1, 401])
})

test('without JavaScript, the password is changed with the old one', async () => {
  const form = `form[action="${paths.changePassword}"]`
  await browser.visit(paths.security)
  await browser.submit(form, { password: 'guessed', newPassword: 'the long way home' })
  expect([browser.status, browser.texts('.field-error')]).toEqual([
    422,
    ["That's not your current password."],
  ])
  await browser.submit(form, { password: PASSWORD, newPassword: 'short' })
  expect([browser.status, browser.texts('.field-error')]).toEqual([422, ['Use at least 8 characters.']])
  await browser.submit(form, { password: PASSWORD, newPassword: 'the long way home' })
  expect(browser.texts('.saved')).toEqual(['Password changed. All other devices are signed out.'])
  expect((await chat.stranger().signIn('ada', 'the long way home')).status).toBe(200)
})

test('without JavaScript, an API token is created, shown once, and revoked', async () => {
  await browser.visit(paths.tokens)
  await browser.submit(`form[action="${paths.tokens}"]`, {
    name: ' ',
    days: '30',
    password: 'the long way home',
  })
  expect([browser.status, browser.texts('.field-error')]).toEqual([422, ['Fill in this field.']])
  await browser.submit(`form[action="${paths.tokens}"]`, {
    name: 'Robot <b>',
    days: '30',
    password: 'the long way home',
  })
  const [token] = browser.texts('.secret')
  expect(await status(token!)).toBe(200)
  expect(browser.headers.get('cache-control')).toBe('no-store')
  await browser.visit(paths.tokens)
  expect(browser.html).not.toContain(token!)
  expect(browser.texts('.owned-row .row-name')).toEqual(['Robot <b>'])
  await browser.submit('.owned-row form')
  expect([browser.texts('.saved'), browser.texts('.owned-row')]).toEqual([['Token revoked.'], []])
  expect(await status(token!)).toBe(401)
})
