import { paths } from '../web/paths.ts'
import { bodies, composer, conversations, expectMessages, people, row, search } from './chat-page.ts'
import { expect, type Page, test } from './fixtures.ts'
import { PASSWORD } from './person.ts'

test('the whole journey from sign-in to sign-out works by keyboard with visible focus', async ({
  openBrowser,
  newPerson,
}) => {
  const [ada, bo] = [await newPerson('ada'), await newPerson('bo')]
  const page = await (await openBrowser()).newPage()
  await page.goto('/')
  await tabTo(page, page.getByLabel('Username'))
  await page.keyboard.type(ada.username)
  await tabTo(page, page.getByLabel('Password'))
  await page.keyboard.type(PASSWORD)
  await page.keyboard.press('Enter')

  await expect(page).toHaveURL('/')
  await tabTo(page, page.getByRole('link', { name: 'Skip to conversation' }))
  await tabTo(page, search(page))
  await page.keyboard.type(bo.username)
  const found = people(page).getByRole('link', { name: 'bo' })
  await expect(found).toHaveCount(1)
  await tabTo(page, found)
  await page.keyboard.press('Enter')
  await expect(composer(page)).toBeFocused()
  await expectVisibleFocus(page)
  await page.keyboard.type('Hello Bo')
  await page.keyboard.press('Enter')
  await expectMessages(page, ['Hello Bo'])
  await expect(composer(page)).toBeFocused()

  await expect(people(page).getByRole('heading')).toHaveText('People')
  await expect(row(page, 'bo')).toBeVisible()
  await tabTo(page, page.getByRole('button', { name: 'Sign out' }))
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(paths.signIn)
})

test('Enter sends, Shift+Enter breaks the line, and Enter during a composition does neither', async ({
  newPerson,
  enter,
}) => {
  const [ada, bo] = [await newPerson('ada'), await newPerson('bo')]
  const page = await enter(ada, { path: paths.chat(bo.username) })
  await page.keyboard.type('one')
  await page.keyboard.press('Shift+Enter')
  await page.keyboard.type('two')
  await expect(composer(page)).toHaveValue('one\ntwo')
  await page.keyboard.press('Enter')
  await expectMessages(page, ['one two'])
  await expect(composer(page)).toHaveValue('')

  await page.keyboard.type('ni')
  for (const how of [{ isComposing: true }, { keyCode: 229 }]) {
    await composer(page).dispatchEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, ...how })
  }
  await expect(composer(page)).toHaveValue('ni')
  await page.keyboard.insertText('你')
  await page.keyboard.press('Enter')
  await expectMessages(page, ['one two', 'ni你'])
  expect((await bo.messages(ada)).map(({ body }) => body)).toEqual(['one\ntwo', 'ni你'])
})

test('a composition of an input method is sent only when complete', async ({ newPerson, enter }) => {
  const [ada, bo] = [await newPerson('ada'), await newPerson('bo')]
  const page = await enter(ada, { path: paths.chat(bo.username) })
  const browser = await page.context().newCDPSession(page)
  await browser.send('Input.imeSetComposition', { text: 'ni hao', selectionStart: 6, selectionEnd: 6 })
  // The key event that browsers fire when the input method consumes a key.
  await browser.send('Input.dispatchKeyEvent', {
    type: 'rawKeyDown',
    key: 'Enter',
    windowsVirtualKeyCode: 229,
  })
  await browser.send('Input.insertText', { text: '你好' })
  await expect(composer(page)).toHaveValue('你好')
  await expect(bodies(page)).toHaveCount(0)
  await page.keyboard.press('Enter')
  await expectMessages(page, ['你好'])
})

test('messages can be scrolled by keyboard', async ({ newPerson, enter }) => {
  const [ada, bo] = [await newPerson('ada'), await newPerson('bo')]
  for (let number = 1; number <= 15; number++) await bo.send(ada, `${number}\n\n\n\n`.repeat(3))
  const page = await enter(ada, { path: paths.chat(bo.username) })
  await tabTo(page, page.getByRole('log'), 'Shift+Tab')
  await page.keyboard.press('Home')
  await expect(bodies(page).first()).toBeInViewport()
  await page.keyboard.press('End')
  await expect(bodies(page).last()).toBeInViewport()
})

test('the skip link skips the lists', async ({ newPerson, enter }) => {
  const [ada, bo] = [await newPerson('ada'), await newPerson('bo')]
  await bo.send(ada, 'Hello')
  const page = await enter(ada)
  await expect(conversations(page)).toBeVisible()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('main')).toBeFocused()
})

/** Presses Tab until `target` has the focus, which must always be visible. */
async function tabTo(page: Page, target: ReturnType<typeof search>, key = 'Tab') {
  for (let presses = 0; presses < 40; presses++) {
    if (await target.evaluate((element) => element === document.activeElement)) return
    await page.keyboard.press(key)
    await expectVisibleFocus(page)
  }
  await expect(target).toBeFocused()
}

/** Expects the focused element to be in the viewport and to have an outline or shadow. */
async function expectVisibleFocus(page: Page) {
  const focused = page.locator(':focus')
  if ((await focused.count()) === 0) return
  await expect(focused).toBeInViewport()
  const outlined = await focused.evaluate((element) => {
    for (let at: Element | null = element; at && at !== document.body; at = at.parentElement) {
      const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(at)
      if ((outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2) || boxShadow !== 'none')
        return true
      if (at.matches('form')) return false
    }
    return false
  })
  expect(
    outlined,
    `the focus on ${await focused.evaluate((element) => element.outerHTML.slice(0, 120))} is visible`,
  ).toBe(true)
}
