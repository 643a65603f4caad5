import { expect, type Locator, type Page } from 'playwright/test'
import { PASSWORD } from './person.ts'

/** Elements of the chat page by their accessible English names. */
export const composer = (page: Page) => page.getByRole('textbox', { name: /^(Message to|Note to)/ })
export const log = (page: Page) => page.getByRole('log')
export const search = (page: Page) => page.getByRole('searchbox', { name: 'Find people' })
export const conversations = (page: Page) => page.getByRole('navigation', { name: 'Conversations' })
export const people = (page: Page) => page.getByRole('region', { name: 'People' })
export const row = (page: Page, name: string) => conversations(page).getByRole('link', { name })
export const badge = (page: Page, name: string) => row(page, name).getByText(/unread message/)
export const bodies = (page: Page): Locator => log(page).locator('.message .body')
export const pending = (page: Page): Locator => log(page).locator('.body.sending')
export const offlineSign = (page: Page) => page.getByText("You're offline.")

/** Longer than the back-off after a few failures. */
export const comeback = { timeout: 25_000 }

/** Opens another tab in the same browser. */
export async function openTab(page: Page, path: string): Promise<Page> {
  const tab = await page.context().newPage()
  await tab.goto(path)
  return tab
}

/** Signs in on the sign-in page. */
export async function signIn(page: Page, { username }: { username: string }): Promise<void> {
  await page.getByLabel('Username').fill(username)
  await page.getByLabel('Password').fill(PASSWORD)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

/** Types the text and sends it with Enter. */
export async function write(page: Page, text: string): Promise<void> {
  await composer(page).fill(text)
  await composer(page).press('Enter')
}

/** Expects exactly these messages in this order, all confirmed. */
export async function expectMessages(page: Page, texts: readonly string[]): Promise<void> {
  await expect(bodies(page)).toHaveText([...texts])
  await expect(pending(page)).toHaveCount(0)
}

/** Returns the outbox of this browser for all users, as JSON. */
export const kept = (page: Page) =>
  page.evaluate(
    () =>
      new Promise<string>((resolve, reject) => {
        const open = indexedDB.open('chatapp')
        open.onerror = () => reject(open.error)
        open.onsuccess = () => {
          const all = open.result.transaction('outbox').objectStore('outbox').getAll()
          all.onsuccess = () => resolve(JSON.stringify(all.result))
          all.onerror = () => reject(all.error)
        }
      }),
  )
