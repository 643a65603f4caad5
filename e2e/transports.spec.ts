import { paths } from '../web/paths.ts'
import { badge, expectMessages, row, write } from './chat-page.ts'
import { expect, test } from './fixtures.ts'

const webSocket = /^GET \/api\/v1\/events [\s\S]*upgrade: websocket/i
const anyLive = /^GET \/api\/v1\/events /

test('messages arrive over a WebSocket', async ({ newPerson, enter }) => {
  const [ada, bo] = [await newPerson('ada'), await newPerson('bo')]
  let frames = 0
  const page = await enter(bo, {
    path: paths.chat(ada.username),
    prepare: async (context) => {
      context.on('page', (page) =>
        page.on('websocket', (socket) => socket.on('framereceived', () => frames++)),
      )
    },
  })
  await expect.poll(() => frames).toBe(1)
  await ada.send(bo, 'Hello')
  await expectMessages(page, ['Hello'])
  await expect.poll(() => frames).toBeGreaterThan(1)
})

test('messages arrive over an event stream if WebSockets are blocked', { tag: '@core' }, async ({
  newPerson,
  enter,
  lineTo,
}) => {
  const [ada, bo] = [await newPerson('ada'), await newPerson('bo')]
  const line = await lineTo(bo.url)
  line.refuse(webSocket)
  const streams: string[] = []
  const page = await enter(bo, {
    path: paths.chat(ada.username),
    at: line.url,
    prepare: async (context) => {
      context.on('response', (response) => {
        const type = response.headers()['content-type']
        if (response.request().resourceType() === 'eventsource') streams.push(`${response.status()} ${type}`)
      })
    },
  })
  const hers = await enter(ada, { path: paths.chat(bo.username) })
  await expect.poll(() => streams).toEqual(['200 text/event-stream'])
  await write(hers, 'Can you read me?')
  await expectMessages(page, ['Can you read me?'])
  await write(page, 'I can')
  await expectMessages(hers, ['Can you read me?', 'I can'])
  await expect(row(page, 'ada')).toContainText('I can')
})

test.describe('without a live connection,', () => {
  for (const [name, event] of [
    ['when the page becomes visible', 'visibilitychange'],
    ['when the browser is online again', 'online'],
  ] as const) {
    test(`messages arrive ${name}`, async ({ newPerson, enter, lineTo }) => {
      const [ada, bo] = [await newPerson('ada'), await newPerson('bo')]
      const line = await lineTo(bo.url)
      line.refuse(anyLive)
      const page = await enter(bo, { path: paths.chat(ada.username), at: line.url })
      await expect(page.getByText("You're offline.")).toBeVisible()
      await ada.send(bo, 'Hello')
      await page.evaluate((event) => {
        const target = event === 'online' ? window : document
        target.dispatchEvent(new Event(event))
      }, event)
      await expectMessages(page, ['Hello'])
      await expect(row(page, 'ada')).toContainText('Hello')
    })
  }

  test('messages arrive with the sweep every minute', async ({ newPerson, enter, lineTo }) => {
    const [ada, bo] = [await newPerson('ada'), await newPerson('bo')]
    const line = await lineTo(bo.url)
    line.refuse(anyLive)
    const page = await enter(bo, { at: line.url, prepare: (context) => context.clock.install() })
    await expect(row(page, 'ada')).toHaveCount(0)
    await ada.send(bo, 'Hello')
    await page.clock.fastForward(61_000)
    await expect(badge(page, 'ada')).toHaveText('1 unread message')
    await row(page, 'ada').click()
    await expectMessages(page, ['Hello'])
    await ada.send(bo, 'Again')
    await page.clock.fastForward(61_000)
    await expectMessages(page, ['Hello', 'Again'])
  })
})
