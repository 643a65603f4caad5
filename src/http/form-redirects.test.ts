import { afterAll, expect, test } from 'bun:test'
import { openChat, sqlite } from '../../test/support/chat.ts'
import { adminPaths } from '../../web/admin/paths.ts'
import { paths } from '../../web/paths.ts'

const chat = await openChat(sqlite)
afterAll(() => chat.close())
const ada = await chat.signUp('ada')

test.each([
  ['/sign-in/code', paths.signIn],
  ['/sign-in/passkey', paths.signIn],
  ['/sign-out', paths.home],
  ['/settings/email', paths.settings],
  ['/settings/avatar', paths.settings],
  ['/settings/avatar/remove', paths.settings],
  ['/settings/data/delete', paths.ownData],
  ['/settings/security/password', paths.security],
  ['/settings/security/sessions/1/end', paths.security],
  ['/settings/passkeys/new', paths.passkeys],
  ['/settings/passkeys/1/remove', paths.passkey('1')],
  ['/settings/two-factor/new', paths.twoFactor],
  ['/chat/bob/block', paths.chat('bob')],
])('a reload of the form at %s goes to the page %s', async (form, page) => {
  const response = await ada.fetch(form)
  expect([response.status, response.headers.get('location')]).toEqual([303, page])
})

test('a page keeps its GET, and the API and the administration have no redirects', async () => {
  expect((await ada.fetch(paths.settings)).status).toBe(200)
  expect((await ada.fetch(paths.api.passwordResets)).status).toBe(405)
  expect((await ada.fetch(adminPaths.userActions)).status).toBe(404)
})
