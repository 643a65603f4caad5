import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { newAdmin, setRole } from '../../../test/support/admin.ts'
import { newAuthenticator } from '../../../test/support/authenticator.ts'
import { codeAt } from '../../../test/support/authenticator-app.ts'
import { openBrowser, openSignedIn } from '../../../test/support/browser.ts'
import { backends, openChat, sqlite } from '../../../test/support/chat.ts'
import { readDocument } from '../../../test/support/openapi-document.ts'
import { PASSWORD, type Person } from '../../../test/support/person.ts'
import { enableTwoFactor } from '../../../test/support/two-factor.ts'
import { adminPaths } from '../../../web/admin/paths.ts'
import { paths } from '../../../web/paths.ts'

// Hashing passwords is slow on a busy machine.
setDefaultTimeout(180_000)

const required = [403, 'two_factor_required']
const outcome = async (request: ReturnType<Person['get']>) => {
  const { status, body } = await request
  return status === 403 ? [status, body.errors?.[0].code] : status
}

describe.each(backends)('on $name,', async (backend) => {
  describe('with TWO_FACTOR=required', async () => {
    const chat = await openChat(backend, { env: { TWO_FACTOR: 'required' } })
    afterAll(() => chat.close())

    test('a session without a second factor gets 403 with a code of its own, on every other route', async () => {
      const ada = await chat.signUp('ada')
      const { operations } = await readDocument(chat)
      const allowed = [
        ...['getSession', 'signOut', 'getTwoFactor', 'beginTwoFactor', 'confirmTwoFactor'],
        ...['listPasskeys', 'beginPasskey', 'addPasskey'],
      ]
      const guarded = operations.filter(
        ({ operationId, security, path }) =>
          security?.length !== 0 && !allowed.includes(operationId) && !path.includes('/admin/'),
      )
      expect(guarded.length).toBeGreaterThan(25)
      for (const { operationId, method, example, responses } of guarded) {
        if (responses['401'] === undefined) continue
        const response = await ada.fetch(example, { method })
        const { errors } = await response.json()
        expect([operationId, response.status, errors?.[0].code]).toEqual([operationId, ...required])
        expect([operationId, JSON.stringify(responses['403'])]).toEqual([
          operationId,
          expect.stringContaining('two_factor_required'),
        ])
      }
      for (const path of [paths.api.session, paths.api.twoFactor, paths.api.passkeys])
        expect((await ada.get(path)).status).toBe(200)
    })

    test('it is let in once two-factor authentication is on, until that is turned off', async () => {
      const bob = await chat.signUp('bob')
      await bob.post(paths.api.twoFactorSetup, { password: PASSWORD })
      // An unfinished setup does not count.
      expect(await outcome(bob.get(paths.api.users))).toEqual(required)
      const secret = await enableTwoFactor(chat, bob)
      /** The password, and a code that was not used before. */
      const proof = () => {
        chat.advance(30)
        return { password: PASSWORD, code: codeAt(secret, chat.deps.now()) }
      }
      expect(await outcome(bob.get(paths.api.users))).toBe(200)
      const script = chat.stranger()
      script.token = (await bob.post(paths.api.tokens, { name: 'script', days: 1, ...proof() })).body.token
      expect(await outcome(script.get(paths.api.users))).toBe(200)
      await bob.post(paths.api.twoFactorRemoval, proof())
      for (const person of [bob, script]) {
        expect(await outcome(person.get(paths.api.users))).toEqual(required)
        expect(await outcome(person.get(paths.api.events))).toEqual(required)
      }
    })

    test('a passkey counts as a second factor', async () => {
      const carol = await chat.signUp('carol')
      const device = newAuthenticator(chat.deps.config.origin)
      const creation = await carol.post(paths.api.passkeyCreation, { password: PASSWORD })
      const credential = device.create(creation.body)
      expect((await carol.post(paths.api.passkeys, { name: 'key', credential })).status).toBe(201)
      expect(await outcome(carol.get(paths.api.users))).toBe(200)
      // The password alone would be one factor.
      const { status, body } = await chat.stranger().signIn('carol')
      expect([status, body.errors[0].code]).toEqual([401, 'passkey_required'])
      // The passkey of another user does not.
      expect(await outcome((await chat.signUp('dora')).get(paths.api.users))).toEqual(required)
    })

    test('every page leads to the set-up, which works without JavaScript and then lets the user in', async () => {
      const browser = await openBrowser(chat).visit(paths.signUp)
      await browser.submit('#sign-up', { username: 'emil', password: PASSWORD })
      expect([browser.path, browser.status]).toEqual([paths.twoFactor, 200])
      expect(browser.texts('main .card')[0]).toContain('This server requires a second factor.')
      for (const path of [paths.home, paths.chat('ada'), paths.settings, paths.people, paths.exportJson]) {
        await browser.visit(path)
        expect([path, browser.path]).toEqual([path, paths.twoFactor])
      }
      await browser.follow('Add a passkey instead')
      expect([browser.path, browser.status]).toEqual([paths.passkeys, 200])
      await browser.visit(paths.twoFactor)
      await browser.submit(`form[action="${paths.beginTwoFactor}"]`, { password: PASSWORD })
      const secret = browser.texts('code.key')[0]!.replaceAll(' ', '')
      await browser.submit(`form[action="${paths.twoFactor}"]`, { code: codeAt(secret, chat.deps.now()) })
      expect(browser.html).not.toContain('This server requires a second factor.')
      await browser.visit(paths.home)
      expect([browser.path, browser.status]).toEqual([paths.home, 200])
    })

    test('a part of a page for htmx redirects the whole page, and signing out works', async () => {
      await chat.signUp('fay')
      const browser = await openSignedIn(chat, 'fay')
      expect(browser.path).toBe(paths.twoFactor)
      const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ')
      const part = await chat.stranger().fetch(paths.people, { headers: { cookie, 'hx-request': 'true' } })
      expect([part.status, part.headers.get('hx-redirect')]).toEqual([204, paths.twoFactor])
      await browser.submit(`main form[action="${paths.signOut}"]`)
      expect(browser.path).toBe(paths.signIn)
    })
  })

  test('with TWO_FACTOR=admins, only administrators need one, from the moment they are promoted', async () => {
    const chat = await openChat(backend, { env: { TWO_FACTOR: 'admins' } })
    const ada = await chat.signUp('ada')
    const root = await newAdmin(chat, 'root')
    expect(await outcome(ada.get(paths.api.users))).toBe(200)
    expect(await outcome(root.get(adminPaths.api.overview))).toEqual(required)
    await enableTwoFactor(chat, root)
    expect((await root.get(adminPaths.api.overview)).body.twoFactor).toBe('admins')
    await setRole(chat, 'ada', 'admin')
    expect(await outcome(ada.get(paths.api.users))).toEqual(required)
    await chat.close()
  })
})

test('by default, nobody needs a second factor, and no operation documents the code', async () => {
  const chat = await openChat(sqlite)
  const root = await newAdmin(chat, 'root')
  expect((await root.get(adminPaths.api.overview)).body.twoFactor).toBe('optional')
  const { operations } = await readDocument(chat)
  expect(JSON.stringify(operations)).not.toContain('two_factor_required')
  await chat.close()
})
