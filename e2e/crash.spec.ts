import { paths } from '../web/paths.ts'
import { bodies, comeback, composer, expectMessages, kept, openTab, pending, write } from './chat-page.ts'
import { expect, sessionCookie, test } from './fixtures.ts'
import { anySend } from './line.ts'
import { withFolder } from './server.ts'

test('pending messages survive a browser crash and are sent once, in order', {
  tag: '@core',
}, async ({ newPerson, lineTo, playwright, launchOptions }) => {
  test.setTimeout(120_000)
  const [ada, bo] = [await newPerson('ada'), await newPerson('bo')]
  const line = await lineTo(ada.url)
  const texts = ['one', 'two', 'three', 'four', 'five']
  const cookie = await sessionCookie(ada, line.url)

  await withFolder(async (profile) => {
    const open = async () => {
      const context = await playwright.chromium.launchPersistentContext(profile, {
        ...launchOptions,
        baseURL: line.url,
      })
      await context.addCookies([cookie])
      const page = await context.newPage()
      await page.goto(paths.chat(bo.username))
      return { context, page }
    }
    const before = await open()
    line.refuse(anySend)
    for (const text of texts) await write(before.page, text)
    await expect(pending(before.page)).toHaveText(texts)
    await composer(before.page).fill('and then')
    // The browser writes it a few milliseconds after it is visible, in a process that is about to be killed.
    await expect.poll(() => kept(before.page)).toContain('five')
    const gone = before.context.waitForEvent('close')
    const cdp = await before.context.browser()!.newBrowserCDPSession()
    const { processInfo } = await cdp.send('SystemInfo.getProcessInfo')
    process.kill(processInfo.find(({ type }) => type === 'browser')!.id, 'SIGKILL')
    await gone
    expect(await bo.messages(ada)).toEqual([])

    const after = await open()
    await expect(bodies(after.page)).toHaveText(texts)
    await expect(pending(after.page)).toHaveText(texts)
    line.refuse(null)
    await expect(pending(after.page)).toHaveCount(0, comeback)
    await expectMessages(after.page, texts)
    expect((await bo.messages(ada)).map(({ body }) => body)).toEqual(texts)
    await after.context.close()
  })
})

test('pending messages are sent by another tab if their tab is closed', async ({
  newPerson,
  enter,
  lineTo,
}) => {
  const [ada, bo] = [await newPerson('ada'), await newPerson('bo')]
  const line = await lineTo(ada.url)
  const first = await enter(ada, { path: paths.chat(bo.username), at: line.url })
  const second = await openTab(first, paths.home)
  line.refuse(anySend)
  for (const text of ['one', 'two']) await write(first, text)
  await expect(pending(first)).toHaveText(['one', 'two'])
  await first.close()
  line.cut()
  line.mend()
  line.refuse(null)
  await expect
    .poll(async () => (await bo.messages(ada)).map(({ body }) => body), comeback)
    .toEqual(['one', 'two'])
  expect(second.url()).toBe(`${line.url}${paths.home}`)
})

test('messages typed offline in two tabs are sent once, in typing order', async ({
  newPerson,
  enter,
  lineTo,
}) => {
  const [ada, bo] = [await newPerson('ada'), await newPerson('bo')]
  const line = await lineTo(ada.url)
  const path = paths.chat(bo.username)
  const first = await enter(ada, { path, at: line.url })
  const second = await openTab(first, path)
  await expect(composer(second)).toBeVisible()
  line.cut()
  const texts = ['first here', 'then there', 'here again', 'and there']
  for (const [index, text] of texts.entries()) await write(index % 2 ? second : first, text)
  line.mend()
  for (const page of [first, second]) {
    await expect(pending(page)).toHaveCount(0, comeback)
    await expect(bodies(page)).toHaveText(texts, comeback)
  }
  expect((await bo.messages(ada)).map(({ body }) => body)).toEqual(texts)
})
