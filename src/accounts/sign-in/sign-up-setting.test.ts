import { afterAll, describe, expect, test } from 'bun:test'
import { newAdmin } from '../../../test/support/admin.ts'
import { openBrowser } from '../../../test/support/browser.ts'
import { backends, openChat, sqlite } from '../../../test/support/chat.ts'
import { PASSWORD } from '../../../test/support/person.ts'
import { adminPaths } from '../../../web/admin/paths.ts'
import { paths } from '../../../web/paths.ts'
import { commandLine } from '../../admin/audit-log/service.ts'
import { addUser } from '../../admin/users/service.ts'
import { UserEntity } from '../users/entity.ts'

const ACCOUNT = { username: 'ada', password: PASSWORD }

describe.each(backends)('on $name,', async (backend) => {
  describe.each([
    ['closed', 'form', 'sign_up_closed', 'Sign-up is closed', '注册已关闭'],
    ['invite', 'invite', 'invite_required', 'You need an invite', '需要邀请'],
  ])('with SIGN_UP=%s', async (SIGN_UP, field, code, title, titleInChinese) => {
    const chat = await openChat(backend, { env: { SIGN_UP } })
    afterAll(() => chat.close())

    test('nobody can sign up through the API', async () => {
      const { status, body } = await chat.stranger().post(paths.api.users, ACCOUNT)
      expect([status, body.errors]).toEqual([403, [expect.objectContaining({ field, code })]])
      expect(await chat.deps.orm.em.fork().count(UserEntity, {})).toBe(0)
    })

    test('the page explains it instead of showing a form, and the sign-in page has no link to it', async () => {
      const browser = await openBrowser(chat).visit(paths.signUp)
      expect([browser.status, browser.texts('h1'), browser.texts('form')]).toEqual([403, [title], []])
      const post = await chat.stranger().fetch(paths.signUp, {
        method: 'POST',
        headers: { accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded' },
        body: `${new URLSearchParams(ACCOUNT)}`,
      })
      expect([post.status, await post.text()]).toEqual([403, expect.stringContaining(title)])
      await browser.follow('Back to sign-in')
      expect([browser.path, browser.status]).toEqual([paths.signIn, 200])
      expect(browser.document.querySelector(`a[href^="${paths.signUp}"]`)).toBeNull()
      const chinese = await openBrowser(chat, { 'accept-language': 'zh' }).visit(paths.signUp)
      expect(chinese.texts('h1')).toEqual([titleInChinese])
      expect(await chat.deps.orm.em.fork().count(UserEntity, {})).toBe(0)
    })

    test('the first administrator is created from the shell, sees how sign-up is set, and adds users', async () => {
      await addUser(chat.deps, commandLine, { username: 'root', password: PASSWORD, role: 'admin' })
      const root = chat.stranger()
      expect((await root.signIn('root')).status).toBe(200)
      expect((await root.get(adminPaths.api.overview)).body.signUp).toBe(SIGN_UP)
      expect((await root.post(adminPaths.api.users, ACCOUNT)).status).toBe(201)
      expect((await chat.stranger().signIn('ada')).status).toBe(200)
    })
  })
})

test('by default, everybody can sign up, and an administrator sees that and how to change it', async () => {
  const chat = await openChat(sqlite)
  const root = await newAdmin(chat, 'root')
  expect((await root.get(adminPaths.api.overview)).body.signUp).toBe('open')
  const page = await (await root.fetch(paths.admin)).text()
  expect(page).toContain('Anyone who can reach this server can create an account.')
  expect(page).toContain('set SIGN_UP (open, invite or closed)')
  const browser = await openBrowser(chat).visit(paths.signIn)
  await browser.follow('Create an account')
  expect([browser.path, browser.status]).toEqual([paths.signUp, 200])
  await chat.close()
})
