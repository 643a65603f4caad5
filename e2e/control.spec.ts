import { png } from '../test/support/pictures.ts'
import { paths } from '../web/paths.ts'
import { expect, test } from './fixtures.ts'
import { PASSWORD } from './person.ts'

test('a password change signs out other browsers but not this one', async ({ newPerson, enter }) => {
  const ada = await newPerson('ada')
  const [here, there] = [await enter(ada, { path: paths.security }), await enter(ada)]
  await expect(here.getByText('This browser')).toBeVisible()
  await here.getByLabel('Current password').fill(PASSWORD)
  await here.getByLabel('New password').fill('the long way home')
  await here.getByRole('button', { name: 'Change password' }).click()
  await expect(here.getByRole('status')).toContainText('Password changed.')
  // Over its live connection.
  await expect(there).toHaveURL(/\/sign-in/, { timeout: 5000 })
})

test('an uploaded picture appears in lists, the header and messages of others', async ({
  newPerson,
  enter,
}) => {
  const [ada, bob] = [await newPerson('ada'), await newPerson('bob')]
  const page = await enter(ada, { path: paths.settings })
  const buffer = png(300, 200)
  await page.getByLabel('Choose a picture').setInputFiles({ name: 'me.png', mimeType: 'image/png', buffer })
  await page.getByRole('button', { name: 'Upload picture' }).click()
  await expect(page.getByRole('status')).toHaveText('Picture updated. Everyone here can see it.')
  await ada.send(bob, 'hello')
  const his = await enter(bob, { path: paths.chat(ada.username) })
  for (const place of ['#conversations', '.conversation-header', '.run.theirs']) {
    const picture = his.locator(`${place} .avatar img`).first()
    await expect(picture).toBeVisible()
    await expect.poll(() => picture.evaluate((img: HTMLImageElement) => img.naturalWidth)).toBe(384)
  }
})

test('an API token can be copied and authenticates a script', async ({ newPerson, enter }) => {
  const ada = await newPerson('ada')
  const page = await enter(ada, { path: paths.tokens, permissions: ['clipboard-read'] })
  await page.getByLabel('What is it for?').fill('Backup')
  await page.getByLabel('Current password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Create token' }).click()
  await page.getByRole('button', { name: 'Copy' }).click()
  await expect(page.getByRole('button', { name: 'Copied' })).toBeVisible()
  const token = await page.evaluate(() => navigator.clipboard.readText())
  const response = await fetch(ada.url + paths.api.session, { headers: { authorization: `Bearer ${token}` } })
  expect(response.status).toBe(200)
})

test('deleting an account signs it out, and the other person keeps the messages', async ({
  newPerson,
  enter,
}) => {
  const [ada, bob] = [await newPerson('ada'), await newPerson('bob')]
  await ada.send(bob, 'keep this')
  const open = await enter(ada)
  const page = await enter(ada, { path: paths.ownData })
  await page.getByLabel('Current password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Permanently delete my account' }).click()
  await expect(page.getByRole('status')).toHaveText('Your account was deleted.')
  await expect(open).toHaveURL(/\/sign-in/, { timeout: 5000 })
  const his = await enter(bob)
  await his.getByRole('link', { name: 'Deleted account' }).click()
  await expect(his.getByText('keep this').last()).toBeVisible()
  await expect(his.getByText('This account was deleted. You can still read your conversation.')).toBeVisible()
})
