import { paths } from '../web/paths.ts'
import { badge, bodies, composer, expectMessages, row } from './chat-page.ts'
import { expect, type Page, test } from './fixtures.ts'
import { PASSWORD } from './person.ts'

test.use({ javaScriptEnabled: false })
const off = { javaScriptEnabled: false }

const send = (page: Page) => page.getByRole('button', { name: 'Send' }).click()

test.describe('without JavaScript', () => {
  test('sign-up shows every error at its field and keeps the input', async ({ openBrowser, newPerson }) => {
    const taken = await newPerson('taken')
    const page = await (await openBrowser(off)).newPage()
    await page.goto(paths.signUp)
    const field = (name: string) => page.locator(`input[name="${name}"]`)
    await field('username').fill('no spaces please')
    await field('displayName').fill('Ada Lovelace')
    await field('email').fill('nowhere')
    await field('password').fill('short')
    await page.getByRole('button', { name: 'Create an account' }).click()

    await expect(page.getByRole('alert')).toContainText('Username')
    await expect(field('username')).toHaveAttribute('aria-invalid', 'true')
    await expect(field('username')).toHaveAccessibleDescription(/Use 3 to 32 letters/)
    await expect(field('username')).toHaveValue('no spaces please')
    await expect(field('displayName')).toHaveValue('Ada Lovelace')
    await expect(field('email')).toHaveValue('nowhere')
    await expect(field('password')).toHaveValue('')

    await field('username').fill(taken.username.toUpperCase())
    await field('email').fill('')
    await field('password').fill(PASSWORD)
    await page.getByRole('button', { name: 'Create an account' }).click()
    await expect(field('username')).toHaveAccessibleDescription(/This username is taken/)

    await field('username').fill(`${taken.username}-2`)
    await field('password').fill(PASSWORD)
    await page.getByRole('button', { name: 'Create an account' }).click()
    await expect(page).toHaveURL('/')
    await expect(page.getByRole('link', { name: 'Settings for Ada Lovelace' })).toBeVisible()
  })

  test('sign-in and sign-out work, and sign-in returns to the requested page', async ({
    openBrowser,
    newPerson,
  }) => {
    const [ada, bo] = [await newPerson('ada'), await newPerson('bo')]
    const page = await (await openBrowser(off)).newPage()
    await page.goto(paths.chat(bo.username))
    await page.getByLabel('Username').fill(ada.username)
    await page.getByLabel('Password').fill('not my password')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await expect(page.getByRole('alert')).toContainText("That username and password don't match.")
    await expect(page.getByLabel('Username')).toHaveValue(ada.username)
    await page.getByLabel('Password').fill(PASSWORD)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await expect(page).toHaveURL(paths.chat(bo.username))
    await page.getByRole('button', { name: 'Sign out' }).click()
    await expect(page).toHaveURL(paths.signIn)
    await page.goto('/')
    await expect(page).toHaveURL(paths.signIn)
  })

  test('a message is sent once, even if the page is reloaded', { tag: '@core' }, async ({
    newPerson,
    enter,
  }) => {
    const [ada, bo] = [await newPerson('ada'), await newPerson('bo')]
    await bo.send(ada, 'Are you there?')
    const page = await enter(ada, off)
    await expect(badge(page, 'bo')).toBeVisible()
    await row(page, 'bo').click()
    await expect(bodies(page)).toHaveText(['Are you there?'])
    await composer(page).fill('Yes,\nI am')
    await send(page)
    await expect(page).toHaveURL(new RegExp(paths.chat(bo.username)))
    await expectMessages(page, ['Are you there?', 'Yes, I am'])
    await page.reload()
    await expectMessages(page, ['Are you there?', 'Yes, I am'])
    await expect(composer(page)).toHaveValue('')
    await expect(badge(page, 'bo')).toHaveCount(0)

    await test.step('a double click does not send it twice', async () => {
      await composer(page).fill('Once')
      await page.getByRole('button', { name: 'Send' }).dblclick()
      await expect(bodies(page)).toHaveCount(3)
      expect((await bo.messages(ada)).map(({ body }) => body)).toEqual([
        'Are you there?',
        'Yes,\nI am',
        'Once',
      ])
    })
  })

  test('an empty or too long message is refused at the field and the text is kept', async ({
    newPerson,
    enter,
  }) => {
    const [ada, bo] = [await newPerson('ada'), await newPerson('bo')]
    const page = await enter(ada, { ...off, path: paths.chat(bo.username) })
    await composer(page).fill('   ')
    await send(page)
    await expect(composer(page)).toHaveAccessibleDescription('Write a message first.')
    const long = `${'word '.repeat(800)}!`
    await composer(page).fill(long)
    await send(page)
    await expect(composer(page)).toHaveAttribute('aria-invalid', 'true')
    await expect(composer(page)).toHaveAccessibleDescription(/4,000/)
    await expect(composer(page)).toHaveValue(long)
    expect(await ada.messages(bo)).toEqual([])
    await composer(page).fill(long.slice(0, 4000))
    await send(page)
    await expect(bodies(page)).toHaveCount(1)
  })

  test('links lead to earlier messages and back to the newest', async ({ newPerson, enter }) => {
    const [ada, bo] = [await newPerson('ada'), await newPerson('bo')]
    for (let number = 1; number <= 33; number++) await bo.send(ada, `message ${number}`)
    const page = await enter(ada, { ...off, path: paths.chat(bo.username) })
    await expect(bodies(page).first()).toHaveText('message 19')
    await page.getByRole('link', { name: 'Earlier messages' }).click()
    await expect(bodies(page).first()).toHaveText('message 4')
    await expect(bodies(page).last()).toHaveText('message 18')
    await page.getByRole('link', { name: 'Earlier messages' }).click()
    await expectMessages(page, ['message 1', 'message 2', 'message 3'])
    await expect(page.getByRole('link', { name: 'Earlier messages' })).toHaveCount(0)
    for (const last of ['message 18', 'message 33']) {
      await page.getByRole('link', { name: 'Later messages' }).click()
      await expect(bodies(page)).toHaveCount(15)
      await expect(bodies(page).last()).toHaveText(last)
    }
    await expect(page.getByRole('link', { name: 'Later messages' })).toHaveCount(0)
  })

  test('a button marks a conversation as read', async ({ newPerson, enter }) => {
    const [ada, bo] = [await newPerson('ada'), await newPerson('bo')]
    await bo.send(ada, 'one')
    await bo.send(ada, 'two')
    const page = await enter(ada, { ...off, path: paths.chat(bo.username) })
    await expect(page).toHaveTitle('(2) bo · ChatApp')
    await expect(page.getByText('New', { exact: true })).toBeVisible()
    await page.getByRole('button', { name: 'Mark as read' }).click()
    await expect(page).toHaveTitle('bo · ChatApp')
    await expect(badge(page, 'bo')).toHaveCount(0)
    await expect(page.getByRole('button', { name: 'Mark as read' })).toHaveCount(0)
  })

  test('settings change the language, the theme and the name', async ({ newPerson, enter }) => {
    const page = await enter(await newPerson('ada'), { ...off, path: paths.settings })
    await page.getByLabel('Language').selectOption('简体中文')
    await page.getByLabel('Theme').selectOption('Dark')
    await page.locator('input[name="displayName"]').fill('艾达')
    await page.getByRole('button', { name: 'Save' }).click()
    await expect(page.getByRole('status')).toHaveText('更改已保存。')
    await expect(page.locator('html')).toHaveAttribute('lang', 'zh-Hans')
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
    await page.goto('/')
    await expect(page.getByRole('link', { name: '艾达 的设置' })).toBeVisible()
    await expect(page.locator('html')).toHaveAttribute('lang', 'zh-Hans')
  })
})
