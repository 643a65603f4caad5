import { afterAll, describe, expect, test } from 'bun:test'
import { newAdmin } from '../../../test/support/admin.ts'
import { openBrowser, openSignedIn } from '../../../test/support/browser.ts'
import { backends, openChat } from '../../../test/support/chat.ts'
import { PASSWORD } from '../../../test/support/person.ts'
import { adminPaths } from '../../../web/admin/paths.ts'
import { paths, withQuery } from '../../../web/paths.ts'

describe.each(backends)('without JavaScript, on $name,', async (backend) => {
  const chat = await openChat(backend)
  afterAll(() => chat.close())
  const root = await newAdmin(chat, 'root')
  await root.put(paths.api.settings, { displayName: 'Root <Admin>', language: null, theme: null, zone: null })
  const ada = await chat.signUp('ada')
  const linkOf = async () => {
    const { link } = (await root.post(paths.api.invites, {})).body
    return new URL(link).pathname + new URL(link).search
  }

  test('an administrator creates an invite with a QR code, sees the link once, and revokes it', async () => {
    const browser = await openSignedIn(chat, 'root')
    await browser.visit(paths.settings)
    await browser.follow('Invites')
    await browser.submit(`form[action="${paths.invites}"]`, { name: 'x'.repeat(61), uses: '5', days: '30' })
    expect(browser.status).toBe(422)
    expect(browser.texts('.field-error')).toEqual(['Use at most 60 characters.'])
    await browser.submit(`form[action="${paths.invites}"]`, { name: 'The <b>club</b>' })
    expect(browser.status).toBe(200)
    const link = browser.document.querySelector('textarea.secret')!.textContent!
    expect(link).toMatch(/^http:\/\/localhost:3000\/invite\?token=[\w-]{43}$/)
    expect(browser.document.querySelector('svg.qr-code')!.getAttribute('aria-label')).toBe(
      'QR code with the invite link',
    )
    expect(browser.texts('.owned-row .row-name')).toEqual(['The <b>club</b>'])
    expect(browser.texts('.owned-row .hint')[1]).toBe('Used by 0 of 5 people')
    await browser.visit(paths.invites)
    expect(browser.html).not.toContain(link)
    await browser.submit('.owned-row form')
    expect([browser.path, browser.texts('.saved')]).toEqual([
      `${paths.invites}?revoked=1`,
      ['Invite revoked.'],
    ])
    expect(browser.texts('.owned-row')).toEqual([])
  })

  test('a user who may not invite has no link to it, and is told so on the page', async () => {
    const browser = await openSignedIn(chat, 'ada')
    await browser.visit(paths.settings)
    expect(browser.texts('nav.sections a')).not.toContain('Invites')
    await browser.visit(paths.invites)
    expect(browser.texts('main .card')[0]).toBe('Only administrators can invite people here.')
    expect(browser.document.querySelector('form[action="/settings/invites"]')).toBeNull()
  })

  test('the page behind it names the inviter and signs up, and the two see each other first', async () => {
    const browser = await openBrowser(chat).visit(await linkOf())
    expect(browser.status).toBe(200)
    expect(browser.headers.get('referrer-policy')).toBe('strict-origin')
    expect(browser.texts('.whoami bdi, .whoami p')).toEqual([
      'Root <Admin>',
      '@root',
      'invites you to chat here.',
    ])
    expect(browser.document.querySelector('#sign-up')!.hasAttribute('hx-post')).toBe(false)
    await browser.submit('#sign-up', { username: 'x', password: 'short' })
    expect([browser.status, browser.texts('.whoami bdi')]).toEqual([422, ['Root <Admin>']])
    await browser.submit('#sign-up', { username: 'grace', password: PASSWORD })
    expect([browser.path, browser.status]).toEqual([paths.chat('root'), 200])
    expect(browser.texts('#conversations .row')).toEqual([expect.stringContaining('Root <Admin>Say hello')])
    const inviter = await openSignedIn(chat, 'root')
    expect(inviter.texts('#conversations .row')[0]).toContain('graceSay hello')

    await root.put(paths.api.block('grace'), undefined)
    await inviter.visit(paths.home)
    expect(inviter.texts('#conversations .row').join()).not.toContain('grace')
  })

  test('a used, a wrong and a missing invite get a page that explains it, in both languages', async () => {
    const link = await linkOf()
    const browser = await openBrowser(chat).visit(link)
    await browser.submit('#sign-up', { username: 'henry', password: PASSWORD })
    for (const path of [link, withQuery(paths.invite, { token: 'x' }), paths.invite]) {
      const visitor = await openBrowser(chat).visit(path)
      expect([visitor.status, visitor.texts('h1')]).toEqual([404, ['This invite no longer works']])
    }
    const late = await openBrowser(chat, { 'accept-language': 'zh' }).visit(await linkOf())
    expect(late.texts('.whoami p')[1]).toBe('邀请你来这里聊天。')
    await root.delete(paths.api.invite((await root.get(paths.api.invites)).body.results[0].id))
    await late.submit('#sign-up', { username: 'lateral', password: PASSWORD })
    expect([late.status, late.texts('h1')]).toEqual([404, ['邀请已失效']])
  })

  test('a signed-in visitor gets to the conversation with the inviter, and the inviter to their invites', async () => {
    const link = await linkOf()
    const browser = await openSignedIn(chat, 'ada')
    await browser.visit(link)
    expect(browser.path).toBe(paths.chat('root'))
    const inviter = await openSignedIn(chat, 'root')
    await inviter.visit(link)
    expect(inviter.path).toBe(paths.invites)
    // The account is asked for by the link to sign in.
    const visitor = await openBrowser(chat).visit(link)
    await visitor.follow('Sign in')
    await visitor.submit('#sign-in', { username: 'ada', password: PASSWORD })
    expect(visitor.path).toBe(paths.chat('root'))
  })

  test('an administrator sees all invites and revokes one', async () => {
    await root.post(paths.api.invites, { name: 'Last one', uses: 3 })
    const browser = await openSignedIn(chat, 'root')
    await browser.visit(paths.admin)
    await browser.follow('Invites')
    expect(browser.path).toBe(adminPaths.invites)
    expect(browser.texts('tbody tr:first-child td').slice(0, 3)).toEqual(['@root', 'Last one', '0 / 3'])
    await browser.submit('tbody tr:first-child form')
    expect(browser.texts('.saved')).toEqual(['Invite revoked.'])
    expect(browser.html).not.toContain('Last one')
    expect((await ada.fetch(adminPaths.invites)).status).toBe(403)
  })
})
