import { paths } from '../web/paths.ts'
import { badge, composer, expectMessages, openTab, row, write } from './chat-page.ts'
import { expect, test } from './fixtures.ts'

test('a message sent in one tab appears in the other', { tag: '@core' }, async ({ newPerson, enter }) => {
  const [ada, bo] = [await newPerson('ada'), await newPerson('bo')]
  const first = await enter(ada, { path: paths.chat(bo.username) })
  const second = await openTab(first, paths.chat(bo.username))
  await write(first, 'from the first')
  await expectMessages(second, ['from the first'])
  await write(second, 'from the second')
  await expectMessages(first, ['from the first', 'from the second'])
  await expectMessages(second, ['from the first', 'from the second'])
})

test('a conversation read in one tab is read in the other', { tag: '@core' }, async ({
  newPerson,
  enter,
}) => {
  const [ada, bo] = [await newPerson('ada'), await newPerson('bo')]
  const first = await enter(ada)
  const second = await openTab(first, paths.home)
  await bo.send(ada, 'one')
  for (const tab of [first, second]) {
    await expect(badge(tab, 'bo')).toHaveText('1 unread message')
    await expect(tab).toHaveTitle('(1) ChatApp')
  }
  await row(first, 'bo').click()
  for (const tab of [first, second]) await expect(badge(tab, 'bo')).toHaveCount(0)
  await expect(second).toHaveTitle('ChatApp')
})

test('signing out in one tab signs out the other', { tag: '@core' }, async ({ newPerson, enter }) => {
  const [ada, bo] = [await newPerson('ada'), await newPerson('bo')]
  const first = await enter(ada)
  const second = await openTab(first, paths.chat(bo.username))
  await composer(second).fill('something half')
  await first.getByRole('button', { name: 'Sign out' }).click()
  await expect(first).toHaveURL(paths.signIn)
  await expect(second.getByRole('button', { name: 'Sign in' })).toBeVisible()
  await expect(second).toHaveURL(`${paths.signIn}?next=${encodeURIComponent(paths.chat(bo.username))}`)
})
