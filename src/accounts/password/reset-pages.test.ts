import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { type Browser, openBrowser, openSignedIn } from '../../../test/support/browser.ts'
import { openChat, sqlite } from '../../../test/support/chat.ts'
import { lastMailTo, mailsTo } from '../../../test/support/mail.ts'
import { PASSWORD } from '../../../test/support/person.ts'
import { paths } from '../../../web/paths.ts'

// The settings page lists every time zone, which is slow to parse on a busy machine.
setDefaultTimeout(180_000)

const NEW = 'another long password'
const chat = await openChat(sqlite, { env: { RATE_LIMITS: 'off' } })
afterAll(() => chat.close())
await chat.signUp('ada', { email: 'ada@example.org' })

/** The path of the link in the newest mail. */
const linkIn = async (address: string) => {
  const { pathname, search } = (await lastMailTo(chat, address)).link
  return pathname + search
}
const heading = (browser: Browser) => browser.texts('h1').join()

describe('without JavaScript, a user', () => {
  test('confirms their address with a form; opening the link alone does nothing', async () => {
    const link = await linkIn('ada@example.org')
    for (let n = 0; n < 2; n++) {
      const scanner = await openBrowser(chat).visit(link)
      expect([scanner.status, heading(scanner)]).toEqual([200, 'Confirm your email'])
      expect(scanner.texts('.lead').join()).toContain('Use ada@example.org to reset the password of @ada?')
      expect(scanner.headers.get('referrer-policy')).toBe('strict-origin')
    }
    const browser = await openBrowser(chat).visit(link)
    await browser.submit('#verify-email')
    expect([browser.path, heading(browser)]).toEqual(['/verify-email?done=1', 'Email confirmed'])
    await browser.visit(link)
    expect([browser.status, heading(browser)]).toEqual([404, 'This link no longer works'])
  })

  test('requests a reset link, sets a new password and signs in with it', async () => {
    const other = await openSignedIn(chat, 'ada')
    const browser = await openBrowser(chat).visit(paths.signIn)
    await browser.follow('Forgot your password?')
    await browser.submit('#forgot-password', { email: 'ada@example.org' })
    expect([browser.path, heading(browser)]).toEqual(['/forgot-password?sent=1', 'Check your email'])
    const link = await linkIn('ada@example.org')
    // A mail scanner opened the link first.
    await openBrowser(chat).visit(link)
    await browser.visit(link)
    expect([heading(browser), browser.headers.get('referrer-policy')]).toEqual([
      'Set a new password',
      'strict-origin',
    ])

    await browser.submit('#reset-password', { password: 'short' })
    expect([browser.status, browser.headers.get('referrer-policy')]).toEqual([422, 'strict-origin'])
    expect(browser.texts('.field-error')).toEqual(['Use at least 8 characters.'])
    await browser.submit('#reset-password', { password: NEW })
    expect([browser.path, browser.texts('[role=status]')]).toEqual([
      '/sign-in?reset=1',
      ['Password changed. Sign in with your new password.'],
    ])
    await browser.submit('#sign-in', { username: 'ada', password: NEW })
    expect(browser.path).toBe(paths.home)
    await other.visit(paths.home)
    expect(other.path).toBe(paths.signIn)

    await browser.visit(link)
    expect([browser.status, heading(browser)]).toEqual([404, 'This link no longer works'])
    await browser.follow('Request a new link')
    expect(browser.path).toBe(paths.forgotPassword)
  })

  test('sees the same page for an unknown address, and an error for an invalid one', async () => {
    const browser = await openBrowser(chat).visit(paths.forgotPassword)
    await browser.submit('#forgot-password', { email: 'nobody@example.org' })
    expect(browser.path).toBe('/forgot-password?sent=1')
    expect(await mailsTo(chat, 'nobody@example.org')).toEqual([])
    await browser.visit(paths.forgotPassword)
    for (const [email, expected] of [
      ['', 'Fill in this field.'],
      ['"><script>', 'Enter a valid email address.'],
    ] as const) {
      await browser.submit('#forgot-password', { email })
      expect(browser.status).toBe(422)
      expect(browser.texts('.field-error')).toEqual([expected])
      expect(browser.document.querySelector('[name=email]')?.getAttribute('value') ?? '').toBe(email)
    }
  })

  test('sees an error in their language for a forged, truncated or missing link', async () => {
    for (const path of [paths.resetPassword, paths.verifyEmail]) {
      for (const query of [
        '',
        '?token=',
        '?token=made-up',
        `?token=${'x'.repeat(3000)}`,
        '?token=a&token=b',
      ]) {
        const browser = await openBrowser(chat, { 'accept-language': 'zh' }).visit(path + query)
        expect([browser.status, heading(browser)]).toEqual([404, '链接已失效'])
      }
      const browser = openBrowser(chat)
      browser.document.write(`<form action="${path}" method="post"></form>`)
      await browser.submit('form', { token: 'made-up' })
      expect([browser.status, heading(browser)]).toEqual([404, 'This link no longer works'])
    }
  })

  test('sees an error if another account verified the address first', async () => {
    await chat.signUp('one', { email: 'both@example.org' })
    const first = await linkIn('both@example.org')
    await chat.signUp('two', { email: 'both@example.org' })
    const browser = await openBrowser(chat).visit(await linkIn('both@example.org'))
    await browser.submit('#verify-email')
    await browser.visit(first)
    await browser.submit('#verify-email')
    expect([browser.status, browser.texts('.lead').at(-1)]).toEqual([
      404,
      'Another account already uses this email address.',
    ])
  })
})

describe('in the settings, the email address', () => {
  test('can be changed with the password, is pending until its link is used, and can be removed', async () => {
    await chat.signUp('bob')
    const browser = await openSignedIn(chat, 'bob')
    await browser.visit(paths.settings)
    await browser.submit('#email', { email: 'bob@example.org', password: 'wrong password' })
    expect([browser.status, browser.texts('#email .field-error')]).toEqual([
      422,
      ["That's not your current password."],
    ])
    expect(browser.document.querySelector('#field-email')?.getAttribute('value')).toBe('bob@example.org')
    expect(browser.texts('#settings [role=alert]')).toEqual([])
    expect(browser.html).not.toContain('wrong password')

    await browser.submit('#email', { email: 'bob@example.org', password: PASSWORD })
    expect([browser.path, browser.texts('#email [role=status]')]).toEqual([
      '/settings?saved=email',
      ['We sent a link to bob@example.org. Open it to confirm the new address.'],
    ])
    await browser.visit(await linkIn('bob@example.org'))
    await browser.submit('#verify-email')
    await browser.visit(paths.settings)
    expect(browser.document.querySelector('#field-email')?.getAttribute('value')).toBe('bob@example.org')
    expect(browser.texts('#email [role=status]')).toEqual([])
    await browser.submit('#email', { email: '', password: PASSWORD })
    expect(browser.texts('#email [role=status]')).toEqual(['Changes saved.'])
    expect(browser.document.querySelector('#field-email')?.getAttribute('value')).toBe('')
  })

  test('is rendered as a form for htmx', async () => {
    await chat.signUp('carol')
    const browser = await openSignedIn(chat, 'carol')
    await browser.visit(paths.settings)
    const over = openBrowser(chat, { 'hx-request': 'true', accept: '*/*' })
    Object.assign(over, { document: browser.document, cookies: browser.cookies })
    await over.submit('#email', { email: 'carol@example.org', password: PASSWORD })
    expect([over.status, over.html.slice(0, 5)]).toEqual([200, '<form'])
    expect(over.texts('[role=status]').join()).toContain('carol@example.org')
    over.document = browser.document
    await over.submit('#email', { email: 'nowhere', password: PASSWORD })
    expect([over.status, over.html.slice(0, 5)]).toEqual([422, '<form'])
  })

  test('cannot be changed without a session', async () => {
    const browser = openBrowser(chat)
    browser.document.write(`<form action="${paths.emailSettings}" method="post"></form>`)
    await browser.submit('form', { email: 'eve@example.org', password: PASSWORD })
    expect(browser.path).toBe(paths.signIn)
  })
})
