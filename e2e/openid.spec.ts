import { openTestProvider } from '../test/support/openid-provider.ts'
import { paths } from '../web/paths.ts'
import { expect, test } from './fixtures.ts'

test('a user of an OpenID provider signs in, chooses a username, and signs out here and there', async ({
  openBrowser,
  ownServer,
}) => {
  const provider = await openTestProvider()
  const { url } = await ownServer(provider.env)
  await provider.start(url)
  provider.account = { sub: 'ada-1', name: 'Ada Lovelace', preferred_username: 'ada' }
  for (const javaScriptEnabled of [true, false]) {
    const page = await (await openBrowser({ at: url, javaScriptEnabled })).newPage()
    await page.goto(paths.settings)
    await page.getByRole('link', { name: 'Sign in with Acme ID' }).click()
    if (javaScriptEnabled) {
      await expect(page.getByLabel('Username')).toHaveValue('ada')
      await page.getByRole('button', { name: 'Create an account' }).click()
    }
    await expect(page).toHaveURL(url + paths.settings)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByRole('button', { name: 'Yes, sign me out' }).click()
    await expect(page).toHaveURL(url + paths.signIn)
  }
  await provider.stop()
})

test('an invited person continues with the provider on a server without passwords', async ({
  openBrowser,
  ownServer,
}) => {
  const provider = await openTestProvider()
  const { url } = await ownServer({ ...provider.env, PASSWORDS: 'off', INVITES: 'everybody' })
  await provider.start(url)
  provider.account = { sub: 'ada-1', name: 'Ada Lovelace', preferred_username: 'ada' }
  const inviter = await (await openBrowser({ at: url })).newPage()
  await inviter.goto(paths.invites)
  await inviter.getByRole('link', { name: 'Sign in with Acme ID' }).click()
  await inviter.getByRole('button', { name: 'Create an account' }).click()
  await expect(inviter).toHaveURL(url + paths.invites)
  for (const javaScriptEnabled of [true, false]) {
    const username = javaScriptEnabled ? 'grace' : 'henry'
    provider.account = { sub: username, preferred_username: username }
    await inviter.goto(url + paths.invites)
    await inviter.getByRole('button', { name: 'Create invite' }).click()
    const link = await inviter.getByRole('textbox', { name: 'Invite link' }).inputValue()
    const page = await (await openBrowser({ at: url, javaScriptEnabled })).newPage()
    await page.goto(link)
    await expect(page.getByText('Ada Lovelace')).toBeVisible()
    await page.getByRole('link', { name: 'Continue with Acme ID' }).click()
    await expect(page.getByText('invites you to chat here.')).toBeVisible()
    await page.getByRole('button', { name: 'Create an account' }).click()
    await expect(page).toHaveURL(url + paths.chat('ada'))
    await page.goto(link)
    await expect(page.getByText('This invite no longer works')).toBeVisible()
  }
  await provider.stop()
})

test('a page that is open goes to the sign-in when the provider signs the user out', async ({
  openBrowser,
  ownServer,
}) => {
  const provider = await openTestProvider()
  const { url } = await ownServer(provider.env)
  await provider.start(url)
  provider.account = { sub: 'ada-1', preferred_username: 'ada' }
  const page = await (await openBrowser({ at: url })).newPage()
  await page.goto(paths.openIdSignIn)
  await page.getByRole('button', { name: 'Create an account' }).click()
  await expect(page).toHaveURL(url + paths.home)
  await provider.signOut('ada-1', provider.session!)
  await expect(page.getByRole('link', { name: 'Sign in with Acme ID' })).toBeVisible()
  await provider.stop()
})
