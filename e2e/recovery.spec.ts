import { readOutbox } from '../test/support/mail.ts'
import { paths } from '../web/paths.ts'
import { expect, type Page, test } from './fixtures.ts'
import { PASSWORD } from './person.ts'
import type { AppServer } from './server.ts'

const NEW = 'the long way home'

/**
 * Waits for the newest mail to the address and returns the path of its link. Any process may send the mail, and the
 * processes of these tests have different origins.
 */
async function linkTo({ dataDir }: AppServer, email: string, page: '/verify-email' | '/reset-password') {
  let link = ''
  await expect(async () => {
    const mails = (await readOutbox(dataDir)).filter(({ to }) => to?.[0]?.address === email)
    const { pathname, search } = mails.filter((mail) => mail.link.pathname === page).at(-1)!.link
    link = pathname + search
  }).toPass()
  return link
}

async function signUp(page: Page, username: string, email: string) {
  await page.goto(paths.signUp)
  await page.getByLabel('Username').fill(username)
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByLabel('Email').fill(email)
  await page.getByRole('button', { name: 'Create an account' }).click()
  await expect(page).toHaveURL('/')
}

for (const javaScriptEnabled of [true, false]) {
  test(`a password reset by email works ${javaScriptEnabled ? 'with' : 'without'} JavaScript and ends all other sessions`, {
    tag: '@core',
  }, async ({ openBrowser, servers }) => {
    const run = crypto.randomUUID().slice(0, 6)
    const [username, email] = [`ada-${run}`, `ada-${run}@example.org`]
    const server = servers[0]!
    const other = await (await openBrowser()).newPage()
    await signUp(other, username, email)
    const page = await (await openBrowser({ javaScriptEnabled })).newPage()
    await page.goto(await linkTo(server, email, '/verify-email'))
    await page.getByRole('button', { name: 'Confirm email' }).click()
    await expect(page.getByRole('heading', { name: 'Email confirmed' })).toBeVisible()

    await page.goto(paths.signIn)
    await page.getByRole('link', { name: 'Forgot your password?' }).click()
    await page.getByLabel('Email address of your account').fill(email)
    await page.getByRole('button', { name: 'Send link' }).click()
    await expect(page.getByRole('heading', { name: 'Check your email' })).toBeVisible()

    await page.goto(await linkTo(server, email, '/reset-password'))
    await expect(page.getByLabel('Username')).toHaveValue(username)
    await page.getByLabel('New password').fill('short')
    await page.getByRole('button', { name: 'Change password' }).click()
    await expect(page.getByLabel('New password')).toHaveAccessibleDescription('Use at least 8 characters.')
    await page.getByLabel('New password').fill(NEW)
    await page.getByRole('button', { name: 'Change password' }).click()
    await expect(page.getByRole('status')).toHaveText('Password changed. Sign in with your new password.')

    // The other browser is notified over its live connection and goes to the sign-in page.
    await expect(other).toHaveURL(/\/sign-in/)
    await page.getByLabel('Username').fill(username)
    await page.getByLabel('Password').fill(NEW)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await expect(page).toHaveURL('/')
  })
}

test('an email change in the settings waits for confirmation by its link', async ({
  newPerson,
  enter,
  servers,
}) => {
  const ada = await newPerson('ada', { at: servers[0]!.url })
  const email = `${ada.username}@example.org`
  const page = await enter(ada, { path: paths.settings })
  const form = page.locator('#email')
  await form.getByLabel('Email').fill(email)
  await form.getByLabel('Current password').fill('not my password')
  await form.getByRole('button').click()
  await expect(form.getByLabel('Current password')).toHaveAccessibleDescription(
    "That's not your current password.",
  )
  await form.getByLabel('Current password').fill(PASSWORD)
  await form.getByRole('button').click()
  await expect(form.getByRole('status')).toContainText(`We sent a link to ${email}.`)
  await expect(page).toHaveURL(paths.settings)
  await page.goto(await linkTo(servers[0]!, email, '/verify-email'))
  await page.getByRole('button', { name: 'Confirm email' }).click()
  await page.goto(paths.settings)
  await expect(form.getByLabel('Email')).toHaveValue(email)
})
