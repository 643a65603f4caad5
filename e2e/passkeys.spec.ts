import { paths } from '../web/paths.ts'
import { expect, type Page, test } from './fixtures.ts'
import { createPerson, PASSWORD, type Person } from './person.ts'

/** Passkeys need a host name, not an IP address. */
const WITH_HOST_NAME = { HOST: 'localhost' }

/** Adds a virtual device with a fingerprint reader. */
async function addDevice(page: Page) {
  const devtools = await page.context().newCDPSession(page)
  await devtools.send('WebAuthn.enable')
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  return {
    /** Sets whether user verification succeeds. */
    setVerified: (isUserVerified: boolean) =>
      devtools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified }),
    forget: () => devtools.send('WebAuthn.clearCredentials', { authenticatorId }),
  }
}

async function addPasskey(page: Page): Promise<void> {
  await page.goto(paths.passkeys)
  await page.getByLabel('Current password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Continue' }).click()
  await expect(page.getByLabel('Name')).toHaveValue(/Chrome · Linux/)
  await page.getByRole('button', { name: 'Create passkey' }).click()
}

async function signOut(page: Page): Promise<void> {
  await page.goto(paths.settings)
  await page.getByRole('button', { name: 'Sign out' }).click()
  await expect(page).toHaveURL(/\/sign-in/)
}

test.describe('a passkey', () => {
  let ada: Person
  test.beforeEach(async ({ ownServer }) => {
    ada = await createPerson((await ownServer(WITH_HOST_NAME)).url, 'ada', 'Ada')
  })

  test('is added, signs in without username and password, and returns to the requested page', async ({
    enter,
  }) => {
    const page = await enter(ada)
    await addDevice(page)
    await addPasskey(page)
    await expect(page.getByRole('status')).toHaveText('Passkey added. You can use it next time you sign in.')
    await signOut(page)
    await page.goto(paths.passkeys)
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await expect(page).toHaveURL(new RegExp(`${paths.passkeys}$`))
    await expect(page.getByText(/Last used/)).toBeVisible()
  })

  test('is not created twice on one device', async ({ enter }) => {
    const page = await enter(ada)
    await addDevice(page)
    await addPasskey(page)
    await expect(page.getByRole('status')).toBeVisible()
    await addPasskey(page)
    await expect(page.getByRole('alert')).toHaveText('This device already has a passkey for your account.')
    await page.getByRole('link', { name: 'Back to passkeys' }).click()
    await expect(page.locator('.owned-row')).toHaveCount(1)
  })

  test('does not sign in another person, or anyone once removed', async ({ enter }) => {
    const page = await enter(ada)
    const device = await addDevice(page)
    await addPasskey(page)
    await expect(page.getByRole('status')).toBeVisible()
    await signOut(page)
    await device.setVerified(false)
    const button = page.getByRole('button', { name: 'Sign in with a passkey' })
    await button.click()
    await expect(page.getByRole('alert')).toHaveText(
      "Couldn't sign in with a passkey. Try again, or use your password.",
    )
    await device.setVerified(true)
    await button.click()
    await expect(page).toHaveURL(new RegExp(`${paths.home}$`))

    await page.goto(paths.passkeys)
    await page.getByRole('link', { name: /^Edit/ }).click()
    await page.getByLabel('Current password').fill(PASSWORD)
    await page.getByRole('button', { name: 'Remove passkey' }).click()
    await expect(page.getByRole('status')).toHaveText('Passkey removed.')
    await signOut(page)
    await button.click()
    await expect(page.getByRole('alert')).toHaveText(
      "This passkey can't be used to sign in here. Use your password instead.",
    )
    await device.forget()
    await button.click()
    await expect(page.getByText("Couldn't sign in with a passkey.")).toBeVisible()
  })

  test('is not offered without JavaScript, where the password still works', async ({ openBrowser }) => {
    const page = await (await openBrowser({ at: ada.url, javaScriptEnabled: false })).newPage()
    await page.goto(paths.signIn)
    await expect(page.getByRole('button', { name: 'Sign in with a passkey' })).toBeHidden()
    await page.getByLabel('Username').fill('ada')
    await page.getByLabel('Password').fill(PASSWORD)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await expect(page).toHaveURL(new RegExp(`${paths.home}$`))
    await page.goto(paths.passkeys)
    await expect(page.locator('noscript p')).toBeVisible()
  })
})

test('passkeys are not offered where unsupported, and the settings explain why', async ({
  newPerson,
  enter,
}) => {
  const page = await enter(await newPerson('ada'), { path: paths.passkeys })
  await expect(page.getByText("Passkeys aren't available here.")).toBeVisible()
  await signOut(page)
  await expect(page.getByRole('button', { name: /passkey/ })).toBeHidden()
})
