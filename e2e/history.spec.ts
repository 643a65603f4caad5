import { Database } from 'bun:sqlite'
import type { Route } from 'playwright/test'
import { sha256 } from '../src/database/hash.ts'
import { paths } from '../web/paths.ts'
import { bodies, log, write } from './chat-page.ts'
import { expect, type Page, test } from './fixtures.ts'
import type { Person } from './person.ts'

const COUNT = 500
const HOUR = 3_600_000
const texts = Array.from({ length: COUNT }, (_, index) => textOf(index + 1))

test('500 messages scroll back to the first, in order, without duplicates or jumps', async ({
  ownServer,
  newPerson,
  enter,
}) => {
  const server = await ownServer()
  const [ada, bo] = [await newPerson('ada', { at: server.url }), await newPerson('bo', { at: server.url })]
  await fill(server.dataDir, ada, bo)
  const page = await enter(ada, { path: paths.chat(bo.username) })
  // The server has the browser's time zone from the second page on.
  await page.reload()
  await expect(bodies(page).last()).toBeInViewport()
  await log(page).hover()

  let shown = await bodies(page).count()
  await test.step('loading a page does not move visible messages', async () => {
    for (let time = 0; time < 4; time++) {
      const release = await holdEarlier(page)
      await page.mouse.wheel(0, -10_000)
      await expect(page.getByText('Loading earlier messages')).toBeInViewport()
      const { id, top } = await firstInView(page)
      release()
      await expect.poll(() => bodies(page).count()).toBeGreaterThan(shown)
      shown = await bodies(page).count()
      expect(Math.abs((await topOf(page, id)) - top), `${id} moved`).toBeLessThanOrEqual(1)
    }
  })

  await test.step('a new message does not move visible messages', async () => {
    const { id, top } = await firstInView(page)
    await bo.send(ada, textOf(COUNT + 1))
    await expect(page.getByRole('button', { name: '1 new message' })).toBeVisible()
    expect(Math.abs((await topOf(page, id)) - top), `${id} moved`).toBeLessThanOrEqual(1)
  })

  await test.step('the first message is reached', async () => {
    await expect(async () => {
      await page.mouse.wheel(0, -20_000)
      await expect(bodies(page).first()).toHaveText(textOf(1), { timeout: 250 })
    }).toPass({ intervals: [0], timeout: 40_000 })
    await expect(page.getByRole('link', { name: 'Earlier messages' })).toHaveCount(0)
    expect(await bodies(page).allTextContents()).toEqual([...texts, textOf(COUNT + 1)])
  })

  await test.step('every day has exactly one heading', async () => {
    const stored = await ada.messages(bo)
    const days = new Set(stored.map(({ createdAt }) => berlinDay(createdAt)))
    const headings = log(page).getByRole('heading')
    await expect(headings).toHaveCount(days.size)
    expect(
      await headings
        .locator('time')
        .evaluateAll((times) => times.map((time) => time.getAttribute('datetime'))),
    ).toEqual([...days])
    await expect(headings.last()).toHaveText('Today')
    await expect(headings.nth(-2)).toHaveText('Yesterday')
  })

  await test.step('the button and sending both scroll to the end', async () => {
    await page.getByRole('button', { name: '1 new message' }).click()
    await expect(bodies(page).last()).toBeInViewport()
    await expect(page.locator('.to-end')).toHaveCount(0)
    await page.mouse.wheel(0, -5_000)
    await expect(bodies(page).last()).not.toBeInViewport()
    await write(page, 'the very last')
    await expect(bodies(page).last()).toHaveText('the very last')
    await expect(bodies(page).last()).toBeInViewport()
  })
})

test('a link to an earlier page also leads to the newest messages', async ({ newPerson, enter }) => {
  const [ada, bo] = [await newPerson('ada'), await newPerson('bo')]
  for (let seq = 1; seq <= 40; seq++) await bo.send(ada, textOf(seq))
  const page = await enter(ada, { path: `${paths.chat(bo.username)}?before=20` })
  await bo.send(ada, textOf(41))
  const latest = page.getByRole('link', { name: /latest/i })
  await expect(latest.or(bodies(page).filter({ hasText: textOf(41) }))).toBeVisible()
  if (await latest.isVisible()) await latest.click()
  await expect(bodies(page).last()).toHaveText(textOf(41))
  await write(page, 'answer')
  await expect(bodies(page).last()).toHaveText('answer')
})

test('loading earlier messages can be retried after a failure', async ({ newPerson, enter }) => {
  const [ada, bo] = [await newPerson('ada'), await newPerson('bo')]
  for (let seq = 1; seq <= 20; seq++) await bo.send(ada, textOf(seq))
  const page = await enter(ada, {
    path: paths.chat(bo.username),
    prepare: (context) => context.route(/before=/, (route) => route.abort()),
  })
  const again = page.getByRole('link', { name: "Couldn't load earlier messages. Try again" })
  await expect(again).toBeAttached()
  await page.context().unroute(/before=/)
  await again.click()
  await expect(bodies(page)).toHaveText(texts.slice(0, 20))
})

/** Returns bodies of varying length. */
function textOf(seq: number): string {
  return `message ${seq}${' and so on'.repeat((seq * 7) % 23)}`
}

/** Inserts a long history into the embedded database, with three hours between messages. */
async function fill(dataDir: string, ada: Person, bo: Person) {
  await bo.send(ada, textOf(1))
  using database = new Database(`${dataDir}/chatapp.sqlite`)
  database.run('PRAGMA busy_timeout = 5000')
  const first = database
    .query<{ conversation_id: number; created_at: number }, []>(
      'SELECT conversation_id, created_at FROM message',
    )
    .get()!
  const idOf = ({ username }: Person) =>
    database.query<{ id: number }, [string]>('SELECT id FROM user WHERE username = ?').get(username)!.id
  const ids = [idOf(ada), idOf(bo)]
  const insert = database.query(
    'INSERT OR REPLACE INTO message (conversation_id, seq, sender_id, body, body_hash, version, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
  )
  database.transaction(() => {
    for (const [index, body] of texts.entries()) {
      const at = first.created_at - (COUNT - 1 - index) * 3 * HOUR
      insert.run(first.conversation_id, index + 1, ids[index % 5 ? 1 : 0]!, body, sha256(body), index + 1, at)
    }
    database.run('UPDATE conversation SET last_seq = ?, version = ?', [COUNT, COUNT])
    database.run('UPDATE member SET read_seq = ?', [COUNT])
  })()
}

/** Holds the next page of earlier messages. Returns a function that releases it. */
async function holdEarlier(page: Page): Promise<() => void> {
  const gate = Promise.withResolvers<void>()
  const hold = async (route: Route) => {
    await gate.promise
    await route.continue()
  }
  await page.route(/\/messages\?before=/, hold, { times: 1 })
  return gate.resolve
}

const firstInView = (page: Page) =>
  log(page).evaluate((scroller) => {
    const edge = scroller.getBoundingClientRect().top
    const found = [...scroller.querySelectorAll('.message')].find(
      (message) => message.getBoundingClientRect().bottom > edge,
    )
    return { id: found!.id, top: found!.getBoundingClientRect().top }
  })

const topOf = (page: Page, id: string) =>
  page.locator(`#${id}`).evaluate((element) => element.getBoundingClientRect().top)

const berlinDay = (iso: string) =>
  new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Berlin' }).format(new Date(iso))
