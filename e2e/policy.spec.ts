import { paths } from '../web/paths.ts'
import { composer, expectMessages, people, search, signIn, write } from './chat-page.ts'
import { expect, test } from './fixtures.ts'

test('a whole journey sends requests only to the app and violates no content security policy', async ({
  openBrowser,
  newPerson,
}) => {
  const [ada, bo] = [await newPerson('ada'), await newPerson('bo')]
  await bo.send(ada, 'https://example.org/picture.png')
  const context = await openBrowser()
  const origins = new Set<string>()
  const messages: string[] = []
  context.on('request', (request) => origins.add(new URL(request.url()).origin))
  context.on('console', (message) => {
    // Chromium reports each `Clear-Site-Data` header.
    if (!message.text().startsWith('Clear-Site-Data')) messages.push(message.text())
  })
  await context.addInitScript(() =>
    document.addEventListener('securitypolicyviolation', ({ violatedDirective }) =>
      console.error(violatedDirective),
    ),
  )
  const page = await context.newPage()
  await page.goto('/')
  await signIn(page, ada)
  await search(page).fill(bo.username)
  await people(page).getByRole('link', { name: bo.username }).click()
  await write(page, 'x'.repeat(3900))
  await composer(page).fill('y\n'.repeat(30))
  await composer(page).press('Enter')
  await expectMessages(page, ['https://example.org/picture.png', 'x'.repeat(3900), 'y '.repeat(30).trim()])
  await page.getByRole('link', { name: 'Notes to yourself' }).click()
  await page.goBack()
  await page.goto(paths.settings)
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('status')).toHaveText('Changes saved.')
  const token = (await context.cookies()).find(({ name }) => name.startsWith('chatapp-session-'))!.value
  const within = await page.evaluate(() =>
    JSON.stringify([
      location.href,
      document.cookie,
      localStorage,
      sessionStorage,
      document.documentElement.outerHTML,
    ]),
  )
  expect(within).not.toContain(token)
  await page.goto(paths.docs)
  await expect(page.getByRole('heading', { level: 2 }).first()).toBeVisible()
  await page.goto(paths.settings)
  await page.getByRole('button', { name: 'Sign out' }).click()
  await expect(page).toHaveURL(paths.signIn)

  expect([...origins]).toEqual([new URL(page.url()).origin])
  expect(messages).toEqual([])
})

test('every page has the content security policy and cannot be framed or cached', async ({
  newPerson,
  enter,
}) => {
  const [ada, bo] = [await newPerson('ada'), await newPerson('bo')]
  const page = await enter(ada)
  for (const path of [paths.home, paths.chat(bo.username), paths.settings, '/nowhere']) {
    const headers = (await page.goto(path))!.headers()
    expect(headers['content-security-policy']).toContain("script-src 'self'")
    expect(headers['content-security-policy']).not.toContain('unsafe')
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(headers['cache-control']).toContain('no-store')
  }
})
