import { afterAll, expect, setDefaultTimeout, test } from 'bun:test'
import { newAdmin, setRole } from '../../test/support/admin.ts'
import { openSignedIn } from '../../test/support/browser.ts'
import { openChat, sqlite } from '../../test/support/chat.ts'
import { addCrowd } from '../../test/support/crowd.ts'
import { PASSWORD } from '../../test/support/person.ts'
import { enableTwoFactor } from '../../test/support/two-factor.ts'
import { adminPaths } from '../../web/admin/paths.ts'
import { paths } from '../../web/paths.ts'
import { removeSecondFactors } from '../accounts/two-factor/service.ts'
import { UserEntity } from '../accounts/users/entity.ts'

// Hashing passwords is slow on a busy machine.
setDefaultTimeout(180_000)

const chat = await openChat(sqlite, { env: { ADMIN_READS_MESSAGES: 'on' } })
afterAll(() => chat.close())
const root = await newAdmin(chat, 'root')
const [ada, bob] = [await chat.signUp('ada', { displayName: 'Ada <b>' }), await chat.signUp('bob')]
await addCrowd(
  chat.deps,
  Array.from({ length: 60 }, (_, n) => ({ username: `person${n}` })),
)
const browser = await openSignedIn(chat, 'root')
const names = () => browser.texts('tbody th')

test('without JavaScript, an administrator navigates the pages and sees the overview', async () => {
  await browser.visit(paths.home)
  await browser.follow('Administration')
  expect(browser.texts('.number strong').slice(0, 4)).toEqual(['0', '63', '63', '1'])
  for (const name of ['Users', 'Reports', 'Messages', 'Audit log', 'Overview']) {
    await browser.follow(name)
    expect([browser.status, browser.texts('.sections [aria-current=page]')]).toEqual([200, [name]])
  }
})

test('without JavaScript, users can be searched, sorted and paged', async () => {
  await browser.visit(adminPaths.users)
  expect(names()).toHaveLength(50)
  await browser.follow('Next page')
  expect(names()).toHaveLength(13)
  await browser.follow('Username')
  expect(names()[0]).toBe('@ada')
  await browser.follow('Username ↑')
  expect(names()[0]).toBe('@root')
  await browser.submit('form.filters', { search: 'person1', role: 'user', state: 'active' })
  expect(names()).toHaveLength(11)
  await browser.submit('form.filters', { search: 'nobody' })
  expect(browser.texts('#list')).toEqual(['No matching users.'])
  // Unknown values in the URL are ignored.
  await browser.visit(`${adminPaths.users}?role=god&sort=x&state=x`)
  expect([browser.status, names().length]).toEqual([200, 50])
})

test('without JavaScript, selected users can be disabled, or an error is shown', async () => {
  await browser.visit(adminPaths.users)
  await browser.submit('#list', { action: 'disable' })
  expect([browser.status, browser.texts('[role=alert]')]).toEqual([422, ['Select at least one user.']])
  await browser.submit('#list', { action: 'disable', 'pick.person1': 'on', 'pick.root': 'on' })
  expect([browser.status, browser.texts('[role=alert]')]).toEqual([
    422,
    ["You can't disable your own account."],
  ])
  await browser.submit('#list', { action: 'disable', 'pick.person1': 'on', 'pick.person2': 'on' })
  expect(browser.texts('.saved')).toEqual(['2 accounts disabled'])
  // An action keeps the search and the order.
  await browser.visit(`${adminPaths.users}?search=person5&sort=-username`)
  const listed = names()
  await browser.submit('#list', { action: 'disable', 'pick.root': 'on' })
  expect([browser.status, names()]).toEqual([422, listed])
  await browser.submit('#list', { action: 'end-sessions', 'pick.person5': 'on' })
  expect([browser.texts('.saved'), names()]).toEqual([['1 account signed out'], listed])
  await browser.visit(`${adminPaths.users}?state=disabled&sort=username`)
  expect(names()).toEqual(['@person1', '@person2'])
})

test('without JavaScript, a user can be added, changed, signed out and get a reset link', async () => {
  await browser.visit(adminPaths.users)
  await browser.follow('Add user')
  const form = `form[action="${adminPaths.newUser}"]`
  await browser.submit(form, { username: 'carol', password: 'short', displayName: 'Carol', role: 'user' })
  expect([browser.status, browser.texts('.field-error')]).toEqual([422, ['Use at least 8 characters.']])
  expect(browser.document.querySelector('[name=displayName]')?.getAttribute('value')).toBe('Carol')
  await browser.submit(form, { username: 'carol', password: 'correct horse battery' })
  expect([browser.path, browser.texts('.saved')]).toEqual([
    `${adminPaths.user('carol')}?done=added`,
    ['User added.'],
  ])
  const carol = chat.stranger()
  await carol.signIn('carol', 'correct horse battery')

  const account = `form[action="${adminPaths.user('carol')}"]`
  await browser.submit(account, { email: 'nowhere' })
  expect(browser.texts('.field-error')).toEqual(['Enter a valid email address.'])
  await browser.submit(account, { email: 'carol@x.example', role: 'admin' })
  expect([browser.status, browser.texts('.field-error')]).toEqual([422, ['Fill in this field.']])
  await browser.submit(account, { email: 'carol@x.example', role: 'admin', yourPassword: PASSWORD })
  expect((await carol.get(paths.api.session)).body.user).toMatchObject({
    role: 'admin',
    email: 'carol@x.example',
  })
  await browser.submit('.owned-row form')
  expect([browser.texts('.saved'), browser.texts('.owned-row')]).toEqual([['Access ended.'], []])
  const resetLink = `form[action="${adminPaths.resetLink('carol')}"]`
  await browser.submit(resetLink, { yourPassword: 'guessed' })
  expect([browser.status, browser.texts(`${resetLink} .field-error`)]).toEqual([
    422,
    ["That's not your current password."],
  ])
  await browser.submit(resetLink, { yourPassword: PASSWORD })
  const [link] = browser.texts('.secret')
  expect(link).toContain('/reset-password?token=')
  expect(browser.headers.get('cache-control')).toBe('no-store')
  await browser.visit(adminPaths.user('carol'))
  expect(browser.html).not.toContain('token=')
  const status = '#status'
  await browser.submit(status, { disabled: 'on' })
  expect([browser.texts('.saved'), browser.texts(`${status} > p:not(.saved)`)]).toEqual([
    ['Changes saved.'],
    ["The user can't sign in or receive messages."],
  ])
  expect((await chat.stranger().signIn('carol', 'correct horse battery')).status).toBe(401)
  // Only the form of the status changes it.
  await browser.submit(account, { displayName: 'Carol B' })
  expect((await chat.stranger().signIn('carol', 'correct horse battery')).status).toBe(401)
  await browser.submit(status, { disabled: 'off' })
  expect((await chat.stranger().signIn('carol', 'correct horse battery')).status).toBe(200)
  await browser.follow('View account history')
  expect(browser.texts('tbody td:nth-child(3)')).toEqual([
    'Enabled a user',
    'Changed a user',
    'Disabled a user',
    'Created a password reset link',
    'Ended sessions',
    'Made a user an administrator',
    'Changed a user',
    'Added a user',
  ])
  await setRole(chat, 'carol', 'user')
})

test('without JavaScript, enabled two-factor authentication of a user can be turned off', async () => {
  const form = (username: string) => `form[action="${adminPaths.endTwoFactor(username)}"]`
  const dave = await chat.signUp('dave')
  await browser.visit(adminPaths.user('dave'))
  expect(browser.document.querySelector(form('dave'))).toBeNull()
  for (const person of [dave, root]) await enableTwoFactor(chat, person)
  await browser.visit(adminPaths.user('root'))
  expect(browser.document.querySelector(form('root'))).toBeNull()
  const em = chat.deps.orm.em.fork()
  await removeSecondFactors(em, (await em.findOneOrFail(UserEntity, { handle: 'root' })).id)
  await browser.visit(adminPaths.user('dave'))
  await browser.submit(form('dave'))
  expect([browser.status, browser.texts('.field-error')]).toEqual([422, ['Fill in this field.']])
  await browser.submit(form('dave'), { yourPassword: PASSWORD })
  expect([browser.path, browser.texts('.saved')]).toEqual([
    `${adminPaths.user('dave')}?done=two-factor-off`,
    ['Two-factor authentication is off.'],
  ])
  expect(browser.document.querySelector(form('dave'))).toBeNull()
  expect((await chat.stranger().signIn('dave')).status).toBe(200)
  await browser.follow('View account history')
  expect(browser.texts('tbody td:nth-child(3)')).toEqual(['Turned off two-factor authentication'])
})

test('without JavaScript, administrators cannot disable themselves', async () => {
  await browser.visit(adminPaths.user('root'))
  expect(browser.document.querySelector('[name=disabled]')).toBeNull()
  const form = `form[action="${adminPaths.user('root')}"]`
  await browser.submit(form, { disabled: 'on' })
  expect([browser.status, browser.texts('.summary p')]).toEqual([
    422,
    ["You can't disable your own account."],
  ])
  await browser.visit(adminPaths.user('root'))
  await browser.submit(form, { role: 'user', yourPassword: PASSWORD })
  expect([browser.status, browser.texts('.field-error')]).toEqual([
    422,
    ["You're the only administrator. Make someone else an administrator first."],
  ])
})

test('without JavaScript, a report can be read and closed', async () => {
  const { id } = await ada.say(bob, 'so rude <img src=x>')
  await bob.post(paths.api.reports(id), { reason: 'Rude.' })
  await browser.visit(adminPaths.reports)
  await browser.follow('View: Message from @ada')
  expect(browser.texts('.excerpt[aria-current] .said')).toEqual(['so rude <img src=x>'])
  expect(browser.document.querySelector('.excerpt img')).toBeNull()
  const report = `form[action="${browser.path}"]`
  await browser.submit(report)
  expect(browser.status).toBe(422)
  await browser.submit(report, { outcome: 'deleted' })
  expect(browser.texts('.excerpt[aria-current] .hint').at(-1)).toBe('Message deleted')
  expect(browser.document.querySelector(report)).toBeNull()
  // The author can still be disabled.
  const decided = browser.path
  await browser.follow("View @ada's account")
  expect(browser.document.querySelector('[name=disabled]')).not.toBeNull()
  await browser.visit(decided)
  await browser.visit(adminPaths.reports)
  expect(browser.texts('.card')).toEqual(['No reports.'])
  await browser.follow('Closed')
  expect(browser.texts('.hint strong')).toEqual(['Message deleted'])
})

test('without JavaScript, messages can be searched and opened, and input errors are shown', async () => {
  const { id } = await ada.say(bob, 'picnic?')
  await browser.visit(adminPaths.messages)
  expect(browser.texts('.excerpt')).toEqual([])
  await browser.submit('form.filters', { author: 'nobody', since: '2026-99-99' })
  expect(browser.status).toBe(422)
  await browser.submit('form.filters', { author: 'nobody', since: '' })
  expect(browser.texts('.field-error')).toEqual(['No one has this username.'])
  await browser.submit('form.filters', { text: 'PICNIC', author: 'ada', recipient: 'bob' })
  expect(browser.texts('.excerpt .quote')).toEqual(['picnic?'])
  await browser.visit(adminPaths.message(id))
  expect(browser.texts('.excerpt[aria-current] .said')).toEqual(['picnic?'])
  await browser.visit(
    `${adminPaths.audit}?action=message.searched&since=${new Date().toISOString().slice(0, 10)}`,
  )
  expect(browser.texts('tbody td:nth-child(5)')).toEqual([
    `sender: @adarecipient: @bobtext: PICNICmessages shown: ${id}`,
  ])
  await browser.visit(`${adminPaths.messages}?go=1&until=1999-01-01`)
  await browser.visit(`${adminPaths.messages}?go=1`)
  await browser.visit(`${adminPaths.audit}?action=message.searched`)
  const [all, none] = browser.texts('tbody td:nth-child(5)')
  expect(all).toStartWith('all messagesmessages shown: ')
  expect(all).toContain(id)
  expect(none).toEndWith('messages shown: none')
  await browser.visit(`${adminPaths.audit}?since=x`)
  expect([browser.status, browser.texts('.field-error')]).toEqual([422, ['Enter a valid value.']])
})

test('htmx gets only the list', async () => {
  for (const path of [`${adminPaths.users}?search=ada`, adminPaths.audit]) {
    const part = await (await root.fetch(path, { headers: { 'hx-request': 'true' } })).text()
    expect(part).toMatch(/^<(form|div) id="list"/)
    expect(part).not.toContain('<script')
  }
})

test("a deleted account is shown as deleted, in the viewer's language", async () => {
  const dora = await chat.signUp('dora')
  expect((await dora.post(paths.api.accountDeletion, { password: PASSWORD })).status).toBe(204)
  await browser.visit(`${adminPaths.users}?state=deleted`)
  expect(browser.texts('tbody bdi')).toEqual(['Deleted account'])
  const chinese = await openSignedIn(chat, 'root', { 'accept-language': 'zh' })
  await chinese.visit(`${adminPaths.users}?state=deleted`)
  expect([chinese.texts('h1'), chinese.texts('tbody bdi')]).toEqual([['管理'], ['已注销的账号']])
  // It cannot be changed, and the page has no form.
  await chinese.visit(chinese.document.querySelector('tbody th a')!.getAttribute('href')!)
  expect(chinese.document.querySelector('form')).toBeNull()
})

test('an item of a list links back to the list', async () => {
  const { id } = await ada.say(bob, 'again')
  await bob.post(paths.api.reports(id), { reason: 'Again.' })
  await browser.visit(adminPaths.reports)
  await browser.follow('View: Message from @ada')
  const report = browser.path
  for (const [path, list] of [
    [report, adminPaths.reports],
    [adminPaths.user('ada'), adminPaths.users],
    [adminPaths.newUser, adminPaths.users],
    [adminPaths.message(id), adminPaths.messages],
    [adminPaths.users, paths.home],
  ] as const) {
    await browser.visit(path)
    expect(browser.document.querySelector('header a')!.getAttribute('href')).toBe(list)
  }
})
