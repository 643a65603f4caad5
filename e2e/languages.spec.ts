import { paths } from '../web/paths.ts'
import { bodies, signIn } from './chat-page.ts'
import { expect, test } from './fixtures.ts'
import { PASSWORD } from './person.ts'

test('pages use the language of the browser', async ({ openBrowser }) => {
  for (const [locale, lang, heading] of [
    ['zh-CN', 'zh-Hans', '登录'],
    ['en-US', 'en', 'Sign in'],
    ['fr-FR', 'en', 'Sign in'],
  ] as const) {
    const page = await (await openBrowser({ locale })).newPage()
    await page.goto(paths.signIn)
    await expect(page.locator('html')).toHaveAttribute('lang', lang)
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(heading)
  }
})

test('the language in the settings overrides that of the browser at once on every device', async ({
  newPerson,
  enter,
}) => {
  const [ada, bo] = [await newPerson('ada'), await newPerson('bo')]
  await bo.send(ada, '你好')
  const page = await enter(ada, { locale: 'zh-CN' })
  await expect(page.getByRole('heading', { name: '会话' })).toBeVisible()
  await page.goto(paths.settings)
  await page.getByLabel('语言', { exact: true }).selectOption('English')
  await page.getByRole('button', { name: '保存' }).click()
  await expect(page.getByRole('status')).toHaveText('Changes saved.')
  await expect(page.locator('html')).toHaveAttribute('lang', 'en')
  await page.getByRole('link', { name: 'Back to conversations' }).click()
  await expect(page.getByRole('heading', { name: 'Conversations' })).toBeVisible()

  await page.goto(paths.settings)
  await page.getByLabel('Language', { exact: true }).selectOption('简体中文')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('status')).toHaveText('更改已保存。')
  const other = await enter(ada, { locale: 'en-GB', path: paths.chat(bo.username) })
  await expect(other.locator('html')).toHaveAttribute('lang', 'zh-Hans')
  const field = other.getByRole('textbox', { name: '发给 bo 的消息' })
  await field.fill('好的')
  await field.press('Enter')
  await expect(bodies(other)).toHaveText(['你好', '好的'])
  await expect(other.getByRole('heading', { name: '今天' })).toBeVisible()
  await expect(other.getByRole('link', { name: 'bo' }).first()).toContainText('你：好的')
})

test('an open page changes its language with the next conversation', async ({ newPerson, enter }) => {
  const [ada, bo, cy] = [await newPerson('ada'), await newPerson('bo'), await newPerson('cy')]
  await bo.send(ada, 'hello')
  await cy.send(ada, 'hi')
  const page = await enter(ada, { path: paths.chat(bo.username) })
  await expect(page.getByRole('textbox', { name: 'Message to bo' })).toBeVisible()
  const response = await fetch(ada.url + paths.api.settings, {
    method: 'PUT',
    headers: { authorization: `Bearer ${ada.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ displayName: 'ada', language: 'zh', theme: null, zone: null }),
  })
  expect(response.status).toBe(200)
  await page.getByRole('link', { name: 'cy' }).first().click()
  await expect(page.getByRole('textbox', { name: '发给 cy 的消息' })).toBeVisible()
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-Hans')
  await expect(page.getByRole('heading', { name: '会话' })).toBeVisible()
})

test('a Chinese form shows errors in Chinese', async ({ openBrowser }) => {
  const page = await (await openBrowser({ locale: 'zh-CN' })).newPage()
  await page.goto(paths.signUp)
  await page.locator('input[name="username"]').fill('a b')
  await page.locator('input[name="password"]').fill(PASSWORD)
  await page.getByRole('button', { name: '创建账号' }).click()
  await expect(page.locator('input[name="username"]')).toHaveAccessibleDescription(/请使用 3 到 32 个/)
})

test('times use the zone of the device or of the settings', async ({ newPerson, openBrowser }) => {
  const [ada, bo] = [await newPerson('ada'), await newPerson('bo')]
  const { createdAt } = await bo.send(ada, 'What time is it?')
  const times = (timeZone: string) => {
    const format = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' })
    const time = format.format(new Date(createdAt))
    return [time, time]
  }
  const page = await (await openBrowser({ timezoneId: 'Asia/Shanghai' })).newPage()
  const shown = page.locator('#conversations time, .message time')
  await page.goto(paths.chat(bo.username))
  await signIn(page, ada)
  await expect(shown).toHaveText(times('Asia/Shanghai'))

  await page.goto(paths.settings)
  await page.getByLabel('Time zone').selectOption('America/New York')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('status')).toHaveText('Changes saved.')
  await page.goto(paths.chat(bo.username))
  await expect(shown).toHaveText(times('America/New_York'))
})

test('the theme follows the system unless one is chosen', async ({ newPerson, enter }) => {
  const page = await enter(await newPerson('ada'), { colorScheme: 'dark', path: paths.settings })
  const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor)
  const dark = await background()
  await page.emulateMedia({ colorScheme: 'light' })
  const light = await background()
  expect(light).not.toBe(dark)
  await page.getByLabel('Theme').selectOption('Dark')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page.getByRole('status')).toBeVisible()
  expect(await background()).toBe(dark)
})
