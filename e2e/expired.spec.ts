import { Database } from 'bun:sqlite'
import { paths } from '../web/paths.ts'
import { bodies, composer, expectMessages, kept, pending, signIn, write } from './chat-page.ts'
import { expect, type Page, test } from './fixtures.ts'
import { anySend } from './line.ts'
import type { Person } from './person.ts'
import type { AppServer } from './server.ts'

/** Longer than the heartbeat interval, at which the session of a live connection is checked. */
const heartbeat = { timeout: 30_000 }
test.describe.configure({ timeout: 180_000 })

test('an expired session leads to sign-in, then back to the draft and the unsent message', async ({
  servers: [server],
  newPerson,
  enter,
}) => {
  const [ada, bo] = [await newPerson('ada'), await newPerson('bo')]
  const page = await enter(ada, { path: paths.chat(bo.username) })
  await bo.send(ada, 'one')
  await expectMessages(page, ['one'])
  await composer(page).fill('half a')
  await expire(server!, ada)
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible(heartbeat)
  await signIn(page, ada)
  await expect(page).toHaveURL(paths.chat(bo.username))
  await expect(composer(page)).toHaveValue('half a')
  await bo.send(ada, 'two')
  await expectMessages(page, ['one', 'two'])
  await expectRead(page)
  await composer(page).fill('whole sentence')
  await expire(server!, ada)
  await composer(page).press('Enter')
  await signIn(page, ada)
  await expect(page).toHaveURL(paths.chat(bo.username))
  await expectMessages(page, ['one', 'two', 'whole sentence'])
  expect(await bo.messages(ada)).toHaveLength(3)
})

test('an unsent message is neither sent nor shown if another user signs in', async ({
  servers: [server],
  newPerson,
  enter,
}) => {
  const [ada, bo] = [await newPerson('ada'), await newPerson('bo')]
  const eve = await newPerson('eve')
  const page = await enter(ada, { path: paths.chat(bo.username) })
  await bo.send(ada, 'hello Ada')
  await expectMessages(page, ['hello Ada'])
  await expectRead(page)
  await expire(server!, ada)
  await write(page, 'from Ada')
  await signIn(page, eve)
  await expect(page).toHaveURL(paths.chat(bo.username))
  await expect(composer(page)).toHaveValue('')
  await write(page, 'from Eve')
  await expectMessages(page, ['from Eve'])
  await expect(page.getByText('from Ada')).toHaveCount(0)
  expect(await bo.messages(ada)).toHaveLength(1)

  await page.getByRole('button', { name: 'Sign out' }).click()
  await signIn(page, ada)
  await expect
    .poll(async () => (await bo.messages(ada)).map(({ body }) => body))
    .toEqual(['hello Ada', 'from Ada'])
  expect((await bo.messages(eve)).map(({ body }) => body)).toEqual(['from Eve'])
})

test('signing out discards unsent messages', async ({ newPerson, enter, lineTo }) => {
  const [ada, bo] = [await newPerson('ada'), await newPerson('bo')]
  const line = await lineTo(ada.url)
  const page = await enter(ada, { path: paths.chat(bo.username), at: line.url })
  line.refuse(anySend)
  await write(page, 'a secret')
  await expect(pending(page)).toHaveText('a secret')
  await page.getByRole('button', { name: 'Sign out' }).click()
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible()
  await expect.poll(() => kept(page)).toBe('[]')
  line.refuse(null)
  await signIn(page, ada)
  await expect(page).toHaveURL(paths.home)
  await page.goto(paths.chat(bo.username))
  await expect(composer(page)).toBeVisible()
  await expect(bodies(page)).toHaveCount(0)
  expect(await bo.messages(ada)).toEqual([])
})

test('a page load renews a session in the second half of its lifetime', async ({
  servers: [server],
  newPerson,
  enter,
}) => {
  const [ada, bo] = [await newPerson('ada'), await newPerson('bo')]
  const page = await enter(ada, { path: paths.chat(bo.username) })
  const inDays = (time: number) => Math.round((time - Date.now()) / 86_400_000)
  // Retried, because another request of the page may have renewed the session first.
  await expect(async () => {
    await expire(server!, ada, { days: 10 })
    await page.goto(paths.chat(bo.username))
    const cookie = (await page.context().cookies()).find(({ name }) => name.startsWith('chatapp-session-'))!
    expect([inDays(cookie.expires * 1000), cookie.httpOnly]).toEqual([30, true])
  }).toPass()
  expect(inDays(endOfSession(server!, ada))).toBe(30)
  await bo.send(ada, 'hello')
  await expectMessages(page, ['hello'])
})

/** Waits for the read mark: otherwise its request, not the next send, could discover the expired session. */
async function expectRead(page: Page) {
  const unread = async () =>
    (await (await page.request.get(paths.api.conversations)).json()).results[0].unread
  await expect.poll(unread).toBe(0)
}

/** Sets the expiry of all sessions of the person to `days` from now. */
async function expire({ dataDir }: AppServer, { username }: Person, { days = -1 } = {}) {
  using database = new Database(`${dataDir}/chatapp.sqlite`)
  database.run('PRAGMA busy_timeout = 5000')
  database
    .query('UPDATE session SET expires_at = ? WHERE user_id = (SELECT id FROM user WHERE username = ?)')
    .run(Date.now() + days * 86_400_000, username)
}

/** Returns the latest session expiry of the person, in milliseconds since 1970. */
function endOfSession({ dataDir }: AppServer, { username }: Person): number {
  using database = new Database(`${dataDir}/chatapp.sqlite`, { readonly: true })
  return database
    .query<{ expires_at: number }, [string]>(
      'SELECT max(expires_at) AS expires_at FROM session WHERE user_id = (SELECT id FROM user WHERE username = ?)',
    )
    .get(username)!.expires_at
}
