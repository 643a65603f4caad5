import { paths } from '../web/paths.ts'
import {
  badge,
  bodies,
  composer,
  conversations,
  expectMessages,
  pending,
  people,
  row,
  search,
  write,
} from './chat-page.ts'
import { expect, type Page, test } from './fixtures.ts'
import { PASSWORD } from './person.ts'

test('two people sign up, find each other and exchange messages', { tag: '@core' }, async ({
  openBrowser,
  servers,
}) => {
  const run = crypto.randomUUID().slice(0, 6)
  const ada = await (await openBrowser({ at: servers[0]!.url })).newPage()
  const bo = await (await openBrowser({ at: servers.at(-1)!.url })).newPage()
  await signUp(ada, `ada-${run}`, `Ada ${run}`)
  await signUp(bo, `bo-${run}`, `Bo ${run}`)
  await expect(bo).toHaveTitle('ChatApp')
  await expect(conversations(bo)).toContainText('No conversations yet')

  await search(ada).pressSequentially(`bo ${run.slice(0, 4)}`)
  await people(ada)
    .getByRole('link', { name: `Bo ${run}` })
    .click()
  await expect(ada).toHaveURL(paths.chat(`bo-${run}`))
  await expect(composer(ada)).toBeFocused()
  await write(ada, 'Hello Bo')
  await write(ada, 'Lunch?')
  await expectMessages(ada, ['Hello Bo', 'Lunch?'])

  await test.step('the list of the recipient updates at once', async () => {
    await expect(badge(bo, `Ada ${run}`)).toHaveText('2 unread messages')
    await expect(row(bo, `Ada ${run}`)).toContainText('Lunch?')
    await expect(bo).toHaveTitle('(2) ChatApp')
  })

  await test.step('opening the conversation marks it as read', async () => {
    await row(bo, `Ada ${run}`).click()
    await expectMessages(bo, ['Hello Bo', 'Lunch?'])
    await expect(badge(bo, `Ada ${run}`)).toHaveCount(0)
    await expect(bo).toHaveTitle(`Ada ${run} · ChatApp`)
  })

  await test.step('the reply appears without a reload', async () => {
    await write(bo, 'At noon!')
    await expectMessages(bo, ['Hello Bo', 'Lunch?', 'At noon!'])
    await expectMessages(ada, ['Hello Bo', 'Lunch?', 'At noon!'])
    await expect(bodies(ada).last()).toBeInViewport()
    // The search is cleared after use.
    await expect(search(ada)).toHaveValue('')
    await expect(row(ada, `Bo ${run}`)).toContainText('At noon!')
    await expect(badge(ada, `Bo ${run}`)).toHaveCount(0)
    await expect(row(bo, `Ada ${run}`)).toContainText('You: At noon!')
  })
})

test('two people who write at the same time see the same order', { tag: '@core' }, async ({
  newPerson,
  enter,
}) => {
  const [ada, bo] = [await newPerson('ada'), await newPerson('bo')]
  const [hers, his] = [
    await enter(ada, { path: paths.chat(bo.username) }),
    await enter(bo, { path: paths.chat(ada.username) }),
  ]
  const numbers = Array.from({ length: 8 }, (_, index) => index + 1)
  await Promise.all([
    (async () => {
      for (const number of numbers) await write(hers, `ada ${number}`)
    })(),
    (async () => {
      for (const number of numbers) await write(his, `bo ${number}`)
    })(),
  ])
  for (const page of [hers, his]) {
    await expect(bodies(page)).toHaveCount(16)
    await expect(pending(page)).toHaveCount(0)
  }
  const stored = (await ada.messages(bo)).map(({ body }) => body)
  await expectMessages(hers, stored)
  await expectMessages(his, stored)
  for (const name of ['ada', 'bo']) {
    expect(stored.filter((body) => body.startsWith(name))).toEqual(
      numbers.map((number) => `${name} ${number}`),
    )
  }
})

test('an unread conversation counts in the title and moves to the top of the list', {
  tag: '@core',
}, async ({ newPerson, enter }) => {
  const [ada, bo, cy] = [await newPerson('ada'), await newPerson('bo'), await newPerson('cy')]
  await bo.send(ada, 'first')
  await cy.send(ada, 'second')
  const page = await enter(ada, { path: paths.chat(cy.username) })
  const rows = conversations(page).getByRole('link')
  await expect(rows).toHaveText([/^.*cy/, /^.*bo/])
  await expect(page).toHaveTitle('(1) cy · ChatApp')
  await bo.send(ada, 'third')
  await expect(rows).toHaveText([/^.*bo/, /^.*cy/])
  await expect(badge(page, 'bo')).toHaveText('2 unread messages')
  await expect(page).toHaveTitle('(2) cy · ChatApp')
})

async function signUp(page: Page, username: string, displayName: string) {
  await page.goto('/')
  await page.getByRole('link', { name: 'Create an account' }).click()
  await page.getByLabel('Username').fill(username)
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('textbox', { name: /^Name/ }).fill(displayName)
  await page.getByRole('button', { name: 'Create an account' }).click()
  await expect(page).toHaveURL('/')
}
