import { paths } from '../web/paths.ts'
import { bodies, composer, conversations, expectMessages, row } from './chat-page.ts'
import { expect, type Page, test } from './fixtures.ts'

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 }

test('a phone shows the list, then the conversation, and goes back', async ({ newPerson, enter }) => {
  const [ada, bo] = [await newPerson('ada'), await newPerson('bo')]
  await bo.send(ada, 'Hello')
  const page = await enter(ada, phone)
  await row(page, 'bo').tap()
  await expect(bodies(page)).toHaveText(['Hello'])
  await expect(conversations(page)).toBeHidden()
  await page.getByRole('link', { name: 'Back to conversations' }).tap()
  await expect(row(page, 'bo')).toBeVisible()
  await expect(composer(page)).toHaveCount(0)
  await page.goBack()
  await expect(bodies(page)).toHaveText(['Hello'])
})

test('on a touch keyboard, Enter breaks the line and the button sends', async ({ newPerson, enter }) => {
  const [ada, bo] = [await newPerson('ada'), await newPerson('bo')]
  const page = await enter(ada, { ...phone, path: paths.chat(bo.username) })
  await expect(composer(page)).not.toBeFocused()
  await composer(page).tap()
  await page.keyboard.type('one')
  await page.keyboard.press('Enter')
  await page.keyboard.type('two')
  await expect(composer(page)).toHaveValue('one\ntwo')
  await page.getByRole('button', { name: 'Send' }).tap()
  await expectMessages(page, ['one two'])
  expect((await bo.messages(ada))[0]?.body).toBe('one\ntwo')
})

test('composer and last message stay visible above the on-screen keyboard', async ({ newPerson, enter }) => {
  const [ada, bo] = [await newPerson('ada'), await newPerson('bo')]
  for (let number = 1; number <= 12; number++) await bo.send(ada, `message ${number}`)
  const page = await enter(ada, { ...phone, path: paths.chat(bo.username) })
  await composer(page).tap()
  // The keyboard reduces the viewport height: `interactive-widget=resizes-content`.
  await page.setViewportSize({ width: 390, height: 420 })
  await expect(composer(page)).toBeInViewport({ ratio: 1 })
  await expect(page.getByRole('button', { name: 'Send' })).toBeInViewport({ ratio: 1 })
  await expect(bodies(page).last()).toBeInViewport({ ratio: 1 })
  await composer(page).fill('line\n'.repeat(40))
  await expect(composer(page)).toBeInViewport({ ratio: 1 })
  await expect(bodies(page).last()).toBeInViewport()
})

for (const width of [320, 390]) {
  test(`only the tabs scroll sideways at ${width} pixels`, async ({ newPerson, enter, openBrowser }) => {
    const long = 'Donaudampfschifffahrtsgesellschaftskapitän'
    const ada = await newPerson('ada', { displayName: long.slice(0, 40) })
    const bo = await newPerson('b'.repeat(24), { displayName: long + long.slice(0, 30) })
    await bo.send(ada, `https://example.org/${'a'.repeat(300)} ${'W'.repeat(300)}`)
    await ada.send(bo, '漢'.repeat(200))
    const small = { ...phone, viewport: { width, height: 640 } }

    const page = await enter(ada, small)
    for (const path of [paths.home, paths.chat(bo.username), paths.settings, '/nowhere']) {
      await page.goto(path)
      await expectNoSidewaysScroll(page)
    }
    const stranger = await (await openBrowser(small)).newPage()
    for (const path of [paths.signIn, paths.signUp]) {
      await stranger.goto(path)
      await expectNoSidewaysScroll(stranger)
    }
    await stranger.getByRole('button', { name: 'Create an account' }).click()
    await expect(stranger.getByRole('alert')).toBeVisible()
    await expectNoSidewaysScroll(stranger)
  })
}

test('the current tab is in view, and the last one can be reached', async ({ newPerson, enter }) => {
  const page = await enter(await newPerson('ada'), { ...phone, path: paths.settings })
  const tabs = page.getByRole('navigation', { name: 'Settings sections' })
  const last = tabs.getByRole('link').last()
  await expect(tabs.locator('[aria-current]')).toBeInViewport({ ratio: 1 })
  await expect(last).not.toBeInViewport({ ratio: 1 })
  await last.tap()
  await expect(page).toHaveURL(new RegExp(`${paths.blocked}$`))
  await expect(last).toHaveAttribute('aria-current', 'page')
  await expect(last).toBeInViewport({ ratio: 1 })
})

test('with a mouse, a narrow window shows a scrollbar below the tabs', async ({ newPerson, enter }) => {
  const viewport = { width: 390, height: 640 }
  const page = await enter(await newPerson('ada'), { viewport, path: paths.settings })
  await expect(page.locator('.sections')).toHaveCSS('scrollbar-width', 'thin')
})

async function expectNoSidewaysScroll(page: Page) {
  const wider = await page.evaluate(() => {
    const scrolls = (element: Element) =>
      element.scrollWidth > element.clientWidth && /auto|scroll/.test(getComputedStyle(element).overflowX)
    const root = document.documentElement
    return [
      ...(root.scrollWidth > root.clientWidth ? ['the page'] : []),
      ...[...document.querySelectorAll('body *')]
        .filter((element) => scrolls(element) && !element.matches('.settings > .sections'))
        .map((element) => element.className),
    ]
  })
  expect(wider, `scrolls sideways on ${page.url()}`).toEqual([])
}
