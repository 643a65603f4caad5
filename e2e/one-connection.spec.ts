import { paths } from '../web/paths.ts'
import { composer, expectMessages, openTab, signIn, write } from './chat-page.ts'
import { expect, type Page, test } from './fixtures.ts'

/** Counts the WebSockets and event streams of all pages. */
function countConnections() {
  const opened: { page: Page; closed: boolean }[] = []
  const watch = (page: Page) => {
    const ended = () => {
      for (const connection of opened) if (connection.page === page) connection.closed = true
    }
    page.on('websocket', (socket) => {
      const connection = { page, closed: false }
      opened.push(connection)
      socket.on('close', () => {
        connection.closed = true
      })
    })
    page.on('request', (request) => {
      if (request.resourceType() === 'eventsource') opened.push({ page, closed: false })
    })
    // Playwright does not report connections that end with their document. (`framenavigated` also fires within one.)
    page.on('request', (request) => request.isNavigationRequest() && ended())
    page.on('close', ended)
  }
  return { opened, watch, open: () => opened.filter(({ closed }) => !closed) }
}

test('the tabs of a browser share one connection, and another tab takes over when the leader closes', {
  tag: '@core',
}, async ({ newPerson, enter }) => {
  const [ada, bo] = [await newPerson('ada'), await newPerson('bo')]
  const connections = countConnections()
  const path = paths.chat(bo.username)
  const first = await enter(ada, { path, prepare: async (context) => context.on('page', connections.watch) })
  await expect.poll(() => connections.open().length).toBe(1)
  const [second, third] = [await openTab(first, path), await openTab(first, path)]

  await bo.send(ada, 'to all')
  for (const page of [first, second, third]) await expectMessages(page, ['to all'])
  expect(connections.opened).toHaveLength(1)

  await first.close()
  await expect.poll(() => connections.open().length).toBe(1)
  for (const page of [second, third]) await expect(page.getByText('Connecting')).toHaveCount(0)
  await bo.send(ada, 'to those that are left')
  for (const page of [second, third]) await expectMessages(page, ['to all', 'to those that are left'])

  // A page in the back-forward cache also gives up the lead.
  const leader = connections.open()[0]!.page
  const other = leader === second ? third : second
  await leader.goto(paths.live)
  await expect.poll(() => connections.open().map(({ page }) => page)).toEqual([other])
  await bo.send(ada, 'to one')
  await expectMessages(other, ['to all', 'to those that are left', 'to one'])
  await leader.goBack()
  await expectMessages(leader, ['to all', 'to those that are left', 'to one'])
  await bo.send(ada, 'to both')
  for (const page of [leader, other]) await expect(page.getByText('to both').last()).toBeVisible()
  expect(connections.open()).toHaveLength(1)
})

test('a tab whose leader crashes still receives messages', async ({ newPerson, enter }) => {
  const [ada, bo] = [await newPerson('ada'), await newPerson('bo')]
  const path = paths.chat(bo.username)
  const first = await enter(ada, { path })
  await bo.send(ada, 'one')
  await expectMessages(first, ['one'])
  const second = await openTab(first, path)
  const crashed = first.waitForEvent('crash')
  first.goto('chrome://crash').catch(() => {})
  await crashed
  await bo.send(ada, 'two')
  await expectMessages(second, ['one', 'two'])
})

test('a connection closed for its session is reopened if the session is still valid', async ({
  newPerson,
  enter,
}) => {
  const [ada, bo] = [await newPerson('ada'), await newPerson('bo')]
  let closes = 0
  const page = await enter(ada, {
    path: paths.chat(bo.username),
    prepare: (context) =>
      context.routeWebSocket(/\/events$/, (socket) => {
        const server = socket.connectToServer()
        if (closes++ > 0) return
        server.onMessage(() => socket.close({ code: 4401 }))
      }),
  })
  await expect.poll(() => closes).toBeGreaterThan(1)
  await bo.send(ada, 'still there?')
  await expectMessages(page, ['still there?'])
  await expect(page).toHaveURL(paths.chat(bo.username))
})

test('signing out in one tab signs out every other, including the leader', async ({ newPerson, enter }) => {
  const [ada, bo] = [await newPerson('ada'), await newPerson('bo')]
  const first = await enter(ada, { path: paths.chat(bo.username) })
  const second = await openTab(first, paths.chat(bo.username))
  await write(second, 'hello')
  await expectMessages(first, ['hello'])
  await second.getByRole('button', { name: 'Sign out' }).click()
  for (const page of [first, second]) {
    await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible()
  }
  await signIn(first, ada)
  await expect(composer(first)).toBeVisible()
  await bo.send(ada, 'welcome back')
  await expectMessages(first, ['hello', 'welcome back'])
})
