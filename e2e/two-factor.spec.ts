import { codeAt } from '../test/support/authenticator-app.ts'
import { paths } from '../web/paths.ts'
import { expect, type Page, test } from './fixtures.ts'
import { PASSWORD, type Person } from './person.ts'

/** Sets up an authenticator app. Returns its secret and the recovery codes. */
async function turnOn(page: Page): Promise<{ secret: string; codes: string[] }> {
  await page.goto(paths.twoFactor)
  await page.getByLabel('Current password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Continue' }).click()
  await expect(page.getByRole('img', { name: 'QR code' })).toBeVisible()
  const secret = (await page.locator('.key').textContent())!.replaceAll(' ', '')
  await page.getByLabel('Code', { exact: true }).fill(codeAt(secret, new Date()))
  await page.getByRole('button', { name: 'Turn on' }).click()
  await expect(page.getByRole('status')).toHaveText('Two-factor authentication is on.')
  const codes = (await page.getByRole('textbox', { name: 'Your recovery codes' }).inputValue()).split('\n')
  return { secret, codes }
}

async function typePassword(page: Page, { username }: Person): Promise<void> {
  await page.goto(`${paths.signIn}?next=${paths.twoFactor}`)
  await page.getByLabel('Username').fill(username)
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await expect(page.getByText('Enter the code from your authenticator app.')).toBeVisible()
}

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled })

    test('@core two-factor authentication is set up, passed with a code or a recovery code, and turned off', async ({
      newPerson,
      enter,
      openBrowser,
    }) => {
      const ada = await newPerson('ada')
      const page = await enter(ada, { path: paths.twoFactor, javaScriptEnabled })
      const { secret, codes } = await turnOn(page)

      const other = await (await openBrowser({ at: ada.url, javaScriptEnabled })).newPage()
      await typePassword(other, ada)
      await other.getByLabel('Code', { exact: true }).fill('000000')
      await other.getByRole('button', { name: 'Sign in', exact: true }).click()
      await expect(other.getByLabel('Code', { exact: true })).toHaveAccessibleDescription(
        'This code is wrong or was already used.',
      )
      // The current code is used up, but the next one is already accepted.
      await other.getByLabel('Code', { exact: true }).fill(codeAt(secret, new Date(Date.now() + 30_000)))
      await other.getByRole('button', { name: 'Sign in', exact: true }).click()
      await expect(other.getByText('10 recovery codes left.')).toBeVisible()

      const third = await (await openBrowser({ at: ada.url, javaScriptEnabled })).newPage()
      await typePassword(third, ada)
      await third.getByText('Use a recovery code instead').click()
      await third.getByLabel('Recovery code').fill(codes[0]!)
      await third.getByRole('button', { name: 'Sign in', exact: true }).click()
      await expect(third.getByText('9 recovery codes left.')).toBeVisible()

      await third.getByLabel('Current password').last().fill(PASSWORD)
      await third.getByLabel('Code', { exact: true }).last().fill(codes[1]!)
      await third.getByRole('button', { name: 'Turn off' }).click()
      await expect(third.getByRole('status')).toHaveText('Two-factor authentication is off.')
    })
  })
}
