import { paths } from '../web/paths.ts'
import { expect, type Page, test } from './fixtures.ts'
import { createPerson, PASSWORD, type Person } from './person.ts'

/** Where there may be passkeys: they belong to a name, and an address is none. */
const HERE = { HOST: 'localhost' }

/** A device with a fingerprint reader that knows its owner. */
async function plugIn(page: Page) {
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
    /** Whether it is the owner's finger. */
    knows: (isUserVerified: boolean) =>
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
    ada = await createPerson((await ownServer(HERE)).url, 'ada', 'Ada')
  })

  test('is added, signs in without name and password, and leads to where one wanted to be', async ({
    enter,
  }) => {
    const page = await enter(ada)
    await plugIn(page)
    await addPasskey(page)
    await expect(page.getByRole('status')).toHaveText('Passkey added. You can use it next time you sign in.')
    await signOut(page)
    await page.goto(paths.passkeys)
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await expect(page).toHaveURL(new RegExp(`${paths.passkeys}$`))
    await expect(page.getByText(/Last used/)).toBeVisible()
  })

  test('is not made twice on one device', async ({ enter }) => {
    const page = await enter(ada)
    await plugIn(page)
    await addPasskey(page)
    await expect(page.getByRole('status')).toBeVisible()
    await addPasskey(page)
    await expect(page.getByRole('alert')).toHaveText('This device already has a passkey for your account.')
    await page.getByRole('link', { name: 'Back to passkeys' }).click()
    await expect(page.locator('.owned-row')).toHaveCount(1)
  })

  test('does nothing for another hand, nor once it was removed', async ({ enter }) => {
    const page = await enter(ada)
    const device = await plugIn(page)
    await addPasskey(page)
    await expect(page.getByRole('status')).toBeVisible()
    await signOut(page)
    await device.knows(false)
    const button = page.getByRole('button', { name: 'Sign in with a passkey' })
    await button.click()
    await expect(page.getByRole('alert')).toHaveText(
      "Couldn't sign in with a passkey. Try again, or use your password.",
    )
    await device.knows(true)
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

  test('is offered to nobody without JavaScript, who signs in as before', async ({ openBrowser }) => {
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

test('where there can be no passkeys, nothing offers one, and the settings say why', async ({
  newPerson,
  enter,
}) => {
  const page = await enter(await newPerson('ada'), { path: paths.passkeys })
  await expect(page.getByText("Passkeys aren't available here.")).toBeVisible()
  await signOut(page)
  await expect(page.getByRole('button', { name: /passkey/ })).toBeHidden()
})
