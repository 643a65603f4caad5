import { paths } from '../web/paths.ts'
import { bodies, composer, expectMessages, log, write } from './chat-page.ts'
import { expect, test } from './fixtures.ts'
import { PASSWORD } from './person.ts'

test('a user blocked while writing sees after the first refusal that the conversation is closed', async ({
  newPerson,
  enter,
}) => {
  const [ada, bo] = [await newPerson('ada'), await newPerson('bo')]
  const page = await enter(ada, { path: paths.chat(bo.username) })
  const response = await fetch(bo.url + paths.api.block(ada.username), {
    method: 'PUT',
    headers: { authorization: `Bearer ${bo.token}` },
  })
  expect(response.status).toBe(204)
  await write(page, 'still there?')
  const closed = page.locator('.closed')
  await expect(closed).toBeVisible()
  await expect(composer(page)).toHaveCount(0)
  await expect(bodies(page)).toHaveText(['still there?'])
  await expect(log(page).getByRole('button')).toHaveText(['Discard'])
  await page.reload()
  await expect(closed).toBeVisible()
  await expect(log(page).getByRole('button')).toHaveText(['Discard'])
  await log(page).getByRole('button', { name: 'Discard' }).click()
  await expect(bodies(page)).toHaveCount(0)
})

test('an open page shows that the other person has deleted their account', async ({ newPerson, enter }) => {
  const [ada, bo] = [await newPerson('ada'), await newPerson('bo')]
  const page = await enter(ada, { path: paths.chat(bo.username) })
  await write(page, 'hello')
  await expectMessages(page, ['hello'])
  const response = await fetch(bo.url + paths.api.accountDeletion, {
    method: 'POST',
    headers: { authorization: `Bearer ${bo.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ password: PASSWORD }),
  })
  expect(response.status).toBe(204)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Deleted account')
  await expect(page.locator('.closed')).toBeVisible()
  await expectMessages(page, ['hello'])
  expect(page.url()).toMatch(/\/chat\/deleted-\d+$/)
  await page.goto(paths.chat(bo.username))
  expect(page.url()).toMatch(/\/chat\/deleted-\d+$/)
})
