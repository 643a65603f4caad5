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
