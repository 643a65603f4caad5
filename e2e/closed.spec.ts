import { paths } from '../web/paths.ts'
import { bodies, composer, log, write } from './chat-page.ts'
import { expect, test } from './fixtures.ts'

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
