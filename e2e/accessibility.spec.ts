import axe from 'axe-core'
import type { BrowserContext } from 'playwright/test'
import { codeAt } from '../test/support/authenticator-app.ts'
import { adminPaths } from '../web/admin/paths.ts'
import { paths } from '../web/paths.ts'
import { log, people, search, write } from './chat-page.ts'
import { expect, type Page, test } from './fixtures.ts'
import { makeAdmin, PASSWORD } from './person.ts'

declare global {
  interface Window {
    axe: typeof axe
  }
}

test.use({ reducedMotion: 'reduce' })

test.describe('in both themes, at 390 and 1280 pixels, axe finds no violation', () => {
  test('on the pages before signing in', async ({ openBrowser }) => {
    const page = await (await openBrowser()).newPage()
    await page.goto(paths.signIn)
    await expectAccessible(page)
    await page.goto(paths.signUp)
    await page.getByRole('button', { name: 'Create an account' }).click()
    await expect(page.getByRole('alert')).toBeVisible()
    await expectAccessible(page)
    await page.goto(paths.forgotPassword)
    await expectAccessible(page)
    await page.goto(`${paths.forgotPassword}?sent=1`)
    await expectAccessible(page)
    await page.goto(paths.resetPassword)
    await expectAccessible(page)
  })

  test('on lists, settings, an unknown page and the API documentation', async ({ newPerson, enter }) => {
    const [ada, bo] = [await newPerson('ada'), await newPerson('Bo')]
    const page = await enter(ada)
    await expectAccessible(page)
    await bo.send(ada, 'Hello')
    await expect(page).toHaveTitle('(1) ChatApp')
    await expectAccessible(page)
    await search(page).fill('nobody of that name')
    await expect(people(page)).toContainText('No results for')
    await expectAccessible(page)
    for (const section of [
      `${paths.settings}?saved=1`,
      paths.security,
      paths.passkeys,
      paths.twoFactor,
      paths.tokens,
      paths.ownData,
    ]) {
      await page.goto(section)
      await expectAccessible(page)
    }
    await page.goto(paths.twoFactor)
    await page.getByLabel('Current password').fill(PASSWORD)
    await page.getByRole('button', { name: 'Continue' }).click()
    await expect(page.getByRole('img', { name: 'QR code' })).toBeVisible()
    await expectAccessible(page)
    await page.goto('/nowhere')
    await expectAccessible(page)
    await page.goto(paths.docs)
    await expect(page.getByRole('heading', { level: 2 }).first()).toBeVisible()
    await expectAccessible(page)
  })

  test('on the admin pages', async ({ ownServer, newPerson, enter }) => {
    const server = await ownServer()
    const root = await makeAdmin(server, 'root')
    const [ada, bo] = [await newPerson('ada', { at: server.url }), await newPerson('bo', { at: server.url })]
    const { id } = await ada.send(bo, 'so rude')
    await bo.post(paths.api.reports(id), { reason: 'It is an insult.' })
    const setup = await ada.post<{ secret: string }>(paths.api.twoFactorSetup, { password: PASSWORD })
    await ada.post(paths.api.twoFactor, { code: codeAt(setup.secret, new Date()) })
    const page = await enter(root, { path: paths.admin })
    await expectAccessible(page)
    await page.goto(adminPaths.users)
    await expectAccessible(page)
    await page.goto(adminPaths.user(ada.username))
    await expectAccessible(page)
    await page.locator('form', { hasText: 'Turn off' }).getByLabel('Your password').fill(PASSWORD)
    await page.getByRole('button', { name: 'Turn off' }).click()
    await expectAccessible(page)
    await page.getByRole('dialog').getByRole('button', { name: 'Turn off' }).click()
    await expect(page.getByRole('status')).toHaveText('Two-factor authentication is off.')
    await expectAccessible(page)
    await page.goto(adminPaths.reports)
    await expectAccessible(page)
    await page.getByRole('link', { name: `Message from @${ada.username}` }).click()
    await expect(page.getByRole('button', { name: 'Permanently delete message' })).toBeVisible()
    await expectAccessible(page)
    await page.goto(adminPaths.audit)
    await expect(page.locator('tbody tr').first()).toContainText('Viewed a report')
    await expectAccessible(page)
  })

  test('on a conversation that is empty, full, pending, failed or offline', async ({
    newPerson,
    enter,
    lineTo,
  }) => {
    const [ada, bo, cy] = [await newPerson('ada'), await newPerson('bo'), await newPerson('cy')]
    for (let number = 1; number <= 20; number++) await bo.send(ada, `https://example.org/${number} 👍`)
    await ada.send(bo, '👍')
    await bo.send(ada, 'unread')
    const line = await lineTo(ada.url)
    const page = await enter(ada, { path: paths.chat(cy.username), at: line.url })
    await expectAccessible(page)
    await page.goto(paths.chat(bo.username))
    await expect(log(page).getByText('New', { exact: true })).toBeVisible()
    await expectAccessible(page)
    await refuseSends(page.context())
    await write(page, 'refused')
    await expect(log(page).getByText('Not sent.')).toBeVisible()
    await page.context().unrouteAll()
    line.cut()
    await write(page, 'pending')
    await write(page, ' ')
    await expect(page.getByText("You're offline.")).toBeVisible({ timeout: 25_000 })
    await expectAccessible(page)
  })
})

const refuseSends = (context: BrowserContext) =>
  context.route(/\/messages$/, (route) =>
    route.fulfill({ status: 403, contentType: 'application/problem+json', body: '{"status":403}' }),
  )

// Only violations are read; listing all passes takes longer than the checks.
const allRules: axe.RunOptions = { resultTypes: ['violations'] }
/** Themes only differ in colours, so the dark one only needs the contrast check. */
const looks = [390, 1280].flatMap((width) => [
  { width, colorScheme: 'light' as const, options: allRules },
  { width, colorScheme: 'dark' as const, options: { ...allRules, runOnly: ['color-contrast'] } },
])

/** For pages without frames. Loads axe once per page, since loading takes longer than checking a small page. */
async function expectAccessible(page: Page) {
  await page.evaluate(axe.source)
  for (const { width, colorScheme, options } of looks) {
    await page.setViewportSize({ width, height: 800 })
    await page.emulateMedia({ colorScheme })
    const { violations } = await page.evaluate((options) => window.axe.run(document, options), options)
    const faults = violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`),
    )
    expect(faults, `axe on ${page.url()}, ${colorScheme}, ${width} pixels wide`).toEqual([])
  }
}
