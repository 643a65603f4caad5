import type { Locator } from 'playwright/test'
import { conversations, people, search } from './chat-page.ts'
import { expect, test } from './fixtures.ts'

/** More rows than one page of a list. */
const CROWD = 53

test('long lists are paged by links or, with JavaScript, by scrolling', async ({ newPerson, enter }) => {
  const ada = await newPerson('ada')
  const word = `crowd${crypto.randomUUID().slice(0, 8)}`
  const numbers = Array.from({ length: CROWD }, (_, index) => `${index}`.padStart(2, '0'))
  for (const number of numbers) {
    const person = await newPerson(`p${number}`, { displayName: `${word}${number}` })
    await person.send(ada, 'Hello')
  }
  const names = numbers.map((number) => `${word}${number}`)

  await test.step('without JavaScript, by links', async () => {
    const page = await enter(ada, { javaScriptEnabled: false })
    await search(page).fill(word)
    await page.getByRole('button', { name: 'Search' }).click()
    await expect(search(page)).toHaveValue(word)
    expect(await pages(people(page))).toEqual(names)
    await page.goto('/')
    expect(await pages(conversations(page))).toEqual(names.toReversed())

    await search(page).fill('nobody is called that')
    await page.getByRole('button', { name: 'Search' }).click()
    await expect(people(page)).toContainText('No results for')
  })

  await test.step('with JavaScript, by typing and scrolling', async () => {
    const page = await enter(ada)
    await scrollThrough(conversations(page), names.toReversed())
    await search(page).pressSequentially(word)
    await expect(people(page).getByRole('heading')).toHaveText('Search results')
    await scrollThrough(people(page), names)
    await search(page).pressSequentially('07')
    await expect(people(page).locator('.row-name')).toHaveText([`${word}07`])
  })
})

/** Returns the names on both pages of a list. */
async function pages(list: Locator): Promise<string[]> {
  const rows = list.locator('.row-name')
  await expect(rows).toHaveCount(50)
  const first = await rows.allTextContents()
  await list.getByRole('link', { name: 'More' }).click()
  await expect(rows).toHaveCount(CROWD - 50)
  await expect(list.getByRole('link', { name: 'More' })).toHaveCount(0)
  return [...first, ...(await rows.allTextContents())]
}

async function scrollThrough(list: Locator, names: string[]) {
  await expect(list.locator('.row-name')).toHaveCount(50)
  await list.getByRole('link', { name: 'More' }).evaluate((link) => link.scrollIntoView())
  await expect(list.locator('.row-name')).toHaveText(names)
}
