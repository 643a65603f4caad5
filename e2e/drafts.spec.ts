import { paths } from '../web/paths.ts'
import { composer, expectMessages, people, row, signIn, write } from './chat-page.ts'
import { expect, type Page, test } from './fixtures.ts'

test('a draft survives a reload and a change of conversation', async ({ newPerson, enter }) => {
  const [ada, bo, cy] = [await newPerson('ada'), await newPerson('bo'), await newPerson('cy')]
  await bo.send(ada, 'from bo')
  await cy.send(ada, 'from cy')
  const page = await enter(ada, { path: paths.chat(bo.username) })
  await composer(page).fill('to bo,\nhalf')
  await row(page, 'cy').click()
  await expect(composer(page)).toHaveAccessibleName('Message to cy')
  await expect(composer(page)).toHaveValue('')
  await composer(page).fill('to cy')
  await page.reload()
  await expect(composer(page)).toHaveValue('to cy')
  await page.goBack()
  await expect(composer(page)).toHaveAccessibleName('Message to bo')
  await expect(composer(page)).toHaveValue('to bo,\nhalf')
  await composer(page).press('Enter')
  await expectMessages(page, ['from bo', 'to bo, half'])
  await page.reload()
  await expect(composer(page)).toHaveValue('')
  await row(page, 'cy').click()
  await expect(composer(page)).toHaveValue('to cy')
})

test('a draft survives the end of the session', { tag: '@core' }, async ({ newPerson, enter }) => {
  const [ada, bo] = [await newPerson('ada'), await newPerson('bo')]
  const page = await enter(ada, { path: paths.chat(bo.username) })
  await composer(page).fill('not finished')
  await endSession(page)
  await signIn(page, ada)
  await expect(page).toHaveURL(paths.chat(bo.username))
  await expect(composer(page)).toHaveValue('not finished')
})

test('a message sent as the session ends is delivered after signing in again', async ({
  newPerson,
  enter,
}) => {
  const [ada, bo] = [await newPerson('ada'), await newPerson('bo')]
  const page = await enter(ada, { path: paths.chat(bo.username) })
  await page.route(
    `**${paths.api.messages(bo.username)}`,
    async (route) => {
      await endSession(page)
      await route.continue()
    },
    { times: 1 },
  )
  await write(page, 'just in time')
  await signIn(page, ada)
  await expect(page).toHaveURL(paths.chat(bo.username))
  await expectMessages(page, ['just in time'])
  expect(await bo.messages(ada)).toHaveLength(1)
})

test('signing out removes drafts from the browser', async ({ newPerson, enter }) => {
  const [ada, bo] = [await newPerson('ada'), await newPerson('bo')]
  const page = await enter(ada, { path: paths.chat(bo.username) })
  await composer(page).fill('a secret')
  await page.getByRole('button', { name: 'Sign out' }).click()
  await expect(page).toHaveURL(paths.signIn)
  expect(await page.evaluate(() => JSON.stringify({ ...localStorage }))).not.toContain('secret')
  await signIn(page, bo)
  await people(page).getByRole('link', { name: ada.username }).click()
  await expect(composer(page)).toHaveValue('')
})

/** Revokes the browser's session from another client. */
async function endSession(page: Page) {
  const cookie = (await page.context().cookies()).find(({ name }) => name.startsWith('chatapp-session-'))!
  const response = await fetch(new URL(paths.api.session, page.url()), {
    method: 'DELETE',
    headers: { authorization: `Bearer ${cookie.value}` },
  })
  expect(response.status).toBe(204)
}
