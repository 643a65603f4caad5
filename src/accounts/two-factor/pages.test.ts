import { afterAll, expect, setDefaultTimeout, spyOn, test } from 'bun:test'
import { codeAt } from '../../../test/support/authenticator-app.ts'
import { type Browser, openBrowser, openSignedIn } from '../../../test/support/browser.ts'
import { openChat, sqlite } from '../../../test/support/chat.ts'
import { PASSWORD } from '../../../test/support/person.ts'
import { paths, withQuery } from '../../../web/paths.ts'
import { cookieNames } from '../../http/cookies.ts'
import { UserEntity } from '../users/entity.ts'

// Hashing passwords is slow on a busy machine.
setDefaultTimeout(180_000)

const chat = await openChat(sqlite)
afterAll(() => chat.close())
const ada = await chat.signUp('ada')
const browser = await openSignedIn(chat, 'ada')
const [begin, confirm, change] = [
  `form[action="${paths.beginTwoFactor}"]`,
  `form[action="${paths.twoFactor}"]`,
  `form[action="${paths.changeTwoFactor}"]`,
]
let secret = ''
let codes: string[] = []
const now = () => codeAt(secret, chat.deps.now())
const keyOn = ({ texts }: Browser) => texts('.key')[0]!.replaceAll(' ', '')

/** Enters a correct password. */
async function enterPassword(next: string = paths.settings): Promise<Browser> {
  const half = openBrowser(chat)
  await half.visit(withQuery(paths.signIn, { next }))
  return half.submit('#sign-in', { username: 'ada', password: PASSWORD })
}
const proofOf = ({ document }: Browser) => document.querySelector('[name=proof]')!.getAttribute('value')!

test('without JavaScript, two-factor authentication is set up with the password, a QR code and a first code', async () => {
  await browser.visit(paths.twoFactor)
  expect(browser.texts('.card p')).toContain('Two-factor authentication is off.')
  await browser.submit(begin, { password: 'guessed' })
  expect([browser.status, browser.texts('.field-error')]).toEqual([
    422,
    ["That's not your current password."],
  ])
  await browser.submit(begin, { password: PASSWORD })
  secret = keyOn(browser)
  expect(browser.document.querySelector('svg.qr-code')!.getAttribute('aria-label')).toContain('QR code')
  expect(browser.headers.get('cache-control')).toBe('no-store')
  expect(browser.html).not.toContain('style=')
  await browser.submit(confirm, { code: '000000' })
  expect([browser.status, browser.texts('.field-error'), keyOn(browser)]).toEqual([
    422,
    ['This code is wrong or was already used.'],
    secret,
  ])
  await browser.submit(confirm, { code: now() })
  expect(browser.texts('.saved')).toEqual(['Two-factor authentication is on.'])
  codes = browser.texts('.secret')[0]!.split('\n')
  expect(codes).toHaveLength(10)
  await browser.follow("I've saved them")
  expect(browser.html).not.toContain(codes[0]!)
  expect(browser.texts('.card p').join()).toContain('10 recovery codes left.')
})

test('without JavaScript, a user signs in with a code from the app and is redirected to the requested page', async () => {
  chat.advance(30)
  const half = await enterPassword()
  expect([half.status, half.texts('.lead').length, half.cookies.size]).toEqual([200, 2, 0])
  expect(half.html).not.toContain(PASSWORD)
  await half.submit('#sign-in', { code: '000000' })
  expect([half.status, half.texts('.field-error')]).toEqual([
    422,
    ['This code is wrong or was already used.'],
  ])
  await half.submit('#sign-in', { code: '' })
  expect([half.status, half.texts('.field-error')]).toEqual([
    422,
    ['Enter the code from your authenticator app.'],
  ])
  await half.submit('#sign-in', { code: now() })
  expect([half.path, half.status]).toEqual([paths.settings, 200])
})

test('without JavaScript, a user signs in with a recovery code, once', async () => {
  const half = await enterPassword('//evil.example')
  await half.submit('#sign-in', { recoveryCode: codes[0]! })
  expect([half.path, half.cookies.has('chatapp-session-3000')]).toEqual([paths.home, true])
  const again = await enterPassword()
  await again.submit('#sign-in', { recoveryCode: codes[0]! })
  expect([again.status, again.cookies.size]).toEqual([422, 0])
})

test('the proof of a correct password is valid once, for five minutes, unless account or password change', async () => {
  const enter = async (proof: string, code: string) => {
    const body = new URLSearchParams({ proof, code })
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const response = await chat
      .stranger()
      .fetch(paths.codeSignIn, { method: 'POST', headers, body: `${body}` })
    return [response.status, (await response.text()).includes('This sign-in has expired')]
  }
  const used = proofOf(await enterPassword())
  expect(await enter(used, codes[1]!)).toEqual([303, false])
  expect(await enter(used, codes[2]!)).toEqual([422, true])
  const proof = proofOf(await enterPassword())
  const twins = await Promise.all([enter(proof, codes[3]!), enter(proof, codes[4]!)])
  expect(twins.map(([status]) => status).sort()).toEqual([303, 422])
  // The code of the refused request is still valid.
  expect((await ada.get(paths.api.twoFactor)).body.recoveryCodesLeft).toBe(7)
  for (const nonsense of ['', 'x', used.slice(1), `${proof}x`]) {
    expect(await enter(nonsense, codes[5]!)).toEqual([422, true])
  }
  const late = proofOf(await enterPassword())
  chat.advance(5 * 60 + 1)
  expect(await enter(late, codes[5]!)).toEqual([422, true])
  const challenge = (await chat.stranger().post(paths.api.passkeyRequest, undefined)).body.challenge
  expect(await enter(challenge, codes[5]!)).toEqual([422, true])
  const disable = (disabledAt: Date | null) =>
    chat.deps.orm.em.fork().nativeUpdate(UserEntity, { handle: 'ada' }, { disabledAt })
  const barred = proofOf(await enterPassword())
  await disable(new Date())
  expect(await enter(barred, codes[5]!)).toEqual([422, true])
  await disable(null)
  const old = proofOf(await enterPassword())
  const [first, second] = [codes[6], codes[7]]
  await ada.put(paths.api.password, { password: PASSWORD, code: first, newPassword: 'the long way home' })
  expect(await enter(old, codes[5]!)).toEqual([422, true])
  await ada.put(paths.api.password, { password: 'the long way home', code: second, newPassword: PASSWORD })
})

test('the password is required again if it is changed while the code is checked', async () => {
  const em = chat.deps.orm.em.fork()
  const { passwordHash } = await em.findOneOrFail(UserEntity, { handle: 'ada' })
  const half = await enterPassword()
  const take = spyOn(chat.deps.limits, 'take').mockImplementation(async (rule) => {
    if (rule === 'code') await em.nativeUpdate(UserEntity, { handle: 'ada' }, { passwordHash: 'new' })
  })
  await half.submit('#sign-in', { code: codes[5]! }).finally(() => take.mockRestore())
  await em.nativeUpdate(UserEntity, { handle: 'ada' }, { passwordHash })
  expect([half.status, half.texts('.summary'), half.cookies.size]).toEqual([
    422,
    ['This sign-in has expired. Sign in again.'],
    0,
  ])
})

test('with two-factor authentication, each form that changes the account asks for a code', async () => {
  const signedIn = openBrowser(chat)
  signedIn.cookies.set(cookieNames(chat.deps.config).session, ada.token!)
  for (const [path, form, fields] of [
    [paths.settings, '#email', { email: 'thief@example.org' }],
    [paths.security, `form[action="${paths.changePassword}"]`, { newPassword: 'the long way home' }],
    [paths.passkeys, `form[action="${paths.beginPasskey}"]`, {}],
    [paths.tokens, `form[action="${paths.tokens}"]`, { name: 'script' }],
    [paths.ownData, `form[action="${paths.deleteAccount}"]`, {}],
  ] as const) {
    await signedIn.visit(path)
    expect(signedIn.document.querySelector(`${form} [name=code]`)).not.toBeNull()
    await signedIn.submit(form, { ...fields, password: PASSWORD })
    expect([path, signedIn.status, signedIn.texts('#field-code-error')]).toEqual([
      path,
      422,
      ['Enter the code from your authenticator app.'],
    ])
  }
})

test('after ten wrong codes, the page shows how long to wait', async () => {
  chat.advance(3600)
  const half = await enterPassword()
  for (let n = 0; n < 10; n++) await half.submit('#sign-in', { code: '000000' })
  await half.submit('#sign-in', { code: now() })
  expect([half.status, half.texts('.summary')]).toEqual([
    429,
    ['Too many attempts. Try again in 60 minutes.'],
  ])
  const { id } = await chat.deps.orm.em.fork().findOneOrFail(UserEntity, { handle: 'ada' })
  await chat.deps.limits.clear('code', String(id))
})

test('without JavaScript, recovery codes are replaced and two-factor authentication is turned off', async () => {
  const again = openBrowser(chat)
  again.cookies.set('chatapp-session-3000', ada.token!)
  await again.visit(paths.twoFactor)
  await again.submit(change, { password: 'guessed', wanted: 'off' })
  expect([again.status, again.texts('.field-error')]).toEqual([422, ["That's not your current password."]])
  await again.submit(change, { password: PASSWORD, wanted: 'off' })
  expect([again.status, again.texts('.field-error')]).toEqual([
    422,
    ['Enter the code from your authenticator app.'],
  ])
  await again.submit(change, { password: PASSWORD, code: codes[8]!, wanted: 'codes' })
  const renewed = again.texts('.secret')[0]!.split('\n')
  expect(renewed).toHaveLength(10)
  expect(again.html).not.toContain(codes[9]!)
  await again.visit(paths.twoFactor)
  await again.submit(change, { password: PASSWORD, code: renewed[0]!, wanted: 'off' })
  expect(again.texts('.saved')).toEqual(['Two-factor authentication is off.'])
  expect((await chat.stranger().signIn('ada')).status).toBe(200)
})
