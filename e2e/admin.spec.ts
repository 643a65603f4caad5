import { paths } from '../web/paths.ts'
import { expect, test } from './fixtures.ts'
import { makeAdmin, PASSWORD } from './person.ts'

test('an administrator created from the shell disables a user, who is signed out at once, and resolves a report', async ({
  ownServer,
  openBrowser,
  newPerson,
  enter,
}) => {
  const server = await ownServer()
  await makeAdmin(server, 'root')
  const ada = await newPerson('ada', { at: server.url })
  const bob = await newPerson('bob', { at: server.url })
  const { id } = await ada.send(bob, 'so rude')
  await bob.post(paths.api.reports(id), { reason: 'It is an insult.' })
  const his = await enter(bob, { path: paths.chat(ada.username) })
  await expect(his.getByText('so rude').last()).toBeVisible()
  const hers = await enter(ada)

  const page = await (await openBrowser({ at: server.url })).newPage()
  await page.goto(paths.admin)
  await page.getByLabel('Username').fill('root')
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('link', { name: 'Open reports' }).click()
  await page.getByRole('link', { name: `Message from @${ada.username}` }).click()
  await page.getByRole('button', { name: 'Permanently delete message' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Permanently delete message' }).click()
  await expect(page.locator('.excerpt[aria-current]')).toContainText('Message deleted')
  await expect(his.getByRole('log').getByText('Message deleted')).toBeVisible()
  await expect(his.getByRole('log').getByText('so rude')).toHaveCount(0)

  await page.getByRole('link', { name: 'Users' }).click()
  // Typing filters the list and updates the URL.
  await page.getByLabel('Name, username or email').fill(ada.username.slice(0, 6))
  await expect(page.locator('tbody tr')).toHaveCount(1)
  await expect(page).toHaveURL(/search=ada/)
  const box = page.getByLabel(`Select @${ada.username}`)
  await box.focus()
  await page.keyboard.press('Space')
  const posts: string[] = []
  page.on('request', (request) => request.method() === 'POST' && posts.push(request.url()))
  await page.keyboard.press('Enter')
  await expect(box).toBeChecked()
  await page.getByRole('button', { name: 'Disable' }).click()
  expect(posts).toEqual([])
  await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click()
  await expect(page.getByRole('status')).toHaveText('1 account disabled')
  await expect(page.locator('tbody tr')).toHaveCount(1)
  await expect(hers).toHaveURL(/\/sign-in/, { timeout: 5000 })

  await page.getByRole('link', { name: `@${ada.username}` }).click()
  await page.getByRole('button', { name: 'Enable' }).click()
  await expect(page.getByText('The user can sign in and receive messages.')).toBeVisible()
  await page.getByRole('button', { name: 'Disable' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  await expect(page.getByText('The user can sign in and receive messages.')).toBeVisible()
  await page.getByRole('button', { name: 'Disable' }).click()
  await dialog.getByRole('button', { name: 'Disable' }).click()
  await expect(page.getByText("The user can't sign in or receive messages.")).toBeVisible()

  await page.getByRole('link', { name: 'Audit log' }).click()
  await expect(page.locator('tbody tr').first()).toContainText('Disabled a user')
  await page.getByLabel('Action').selectOption('Deleted a reported message')
  await expect(page.locator('tbody tr')).toHaveCount(1)
})
