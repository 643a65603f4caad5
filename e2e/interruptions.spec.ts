import { paths } from '../web/paths.ts'
import {
  bodies,
  comeback,
  composer,
  expectMessages,
  log,
  offlineSign,
  pending,
  row,
  write,
} from './chat-page.ts'
import { expect, test } from './fixtures.ts'
import { anySend } from './line.ts'

test.describe.configure({ timeout: 180_000 })

test('messages written while the server is down are delivered once when it is back', async ({
  ownServer,
  newPerson,
  enter,
}) => {
  const server = await ownServer()
  const [ada, bo] = [await newPerson('ada', { at: server.url }), await newPerson('bo', { at: server.url })]
  const hers = await enter(ada, { path: paths.chat(bo.username) })
  const his = await enter(bo, { path: paths.chat(ada.username) })
  await write(hers, 'before')
  await expectMessages(his, ['before'])

  await composer(hers).pressSequentially('while I ')
  await server.kill()
  await expect(offlineSign(hers)).toBeVisible(comeback)
  await composer(hers).pressSequentially('type')
  await expect(composer(hers)).toHaveValue('while I type')
  await composer(hers).press('Enter')
  await write(hers, 'and again')
  await expect(bodies(hers)).toHaveText(['before', 'while I type', 'and again'])
  await expect(pending(hers)).toHaveText(['while I type', 'and again'])
  await expect(composer(hers)).toHaveValue('')

  await server.start()
  await expect(pending(hers)).toHaveCount(0, comeback)
  await expect(offlineSign(hers)).toHaveCount(0, comeback)
  await expect(bodies(his)).toHaveCount(3, comeback)
  await expectMessages(his, ['before', 'while I type', 'and again'])
  await expectMessages(hers, ['before', 'while I type', 'and again'])
  expect((await bo.messages(ada)).map(({ body }) => body)).toEqual(['before', 'while I type', 'and again'])
})

test('a message whose response was lost is stored once', { tag: '@core' }, async ({
  newPerson,
  enter,
  lineTo,
}) => {
  const [ada, bo] = [await newPerson('ada'), await newPerson('bo')]
  const line = await lineTo(ada.url)
  const hers = await enter(ada, { path: paths.chat(bo.username), at: line.url })
  const his = await enter(bo, { path: paths.chat(ada.username) })
  line.loseResponse(anySend)
  await write(hers, 'only once')
  await expectMessages(his, ['only once'])
  line.loseResponse(null)
  await expect(pending(hers)).toHaveCount(0, comeback)
  await write(hers, 'and next')
  await expectMessages(hers, ['only once', 'and next'])
  await expectMessages(his, ['only once', 'and next'])
  expect(await ada.messages(bo)).toHaveLength(2)
})

test('messages missed while disconnected appear in order', { tag: '@core' }, async ({
  newPerson,
  enter,
  lineTo,
}) => {
  const [ada, bo] = [await newPerson('ada'), await newPerson('bo')]
  const line = await lineTo(bo.url)
  const page = await enter(bo, { path: paths.chat(ada.username), at: line.url })
  await ada.send(bo, 'message 1')
  await expectMessages(page, ['message 1'])
  line.cut()
  await expect(offlineSign(page)).toBeVisible(comeback)
  const texts = ['message 1']
  // More than one page of changes.
  for (let number = 2; number <= 60; number++) {
    texts.push(`message ${number}`)
    await ada.send(bo, `message ${number}`)
  }
  line.mend()
  await expect(bodies(page)).toHaveCount(60, comeback)
  await expectMessages(page, texts)
  await expect(offlineSign(page)).toHaveCount(0)
  await expect(row(page, 'ada')).toContainText('message 60')
})

test('an offline browser shows a notice, keeps messages and sends them when online', async ({
  newPerson,
  enter,
}) => {
  const [ada, bo] = [await newPerson('ada'), await newPerson('bo')]
  const page = await enter(ada, { path: paths.chat(bo.username) })
  const his = await enter(bo, { path: paths.chat(ada.username) })
  await page.context().setOffline(true)
  await expect(offlineSign(page)).toBeVisible()
  await write(page, 'from the train')
  await expect(pending(page)).toHaveText('from the train')
  await page.context().setOffline(false)
  await expect(pending(page)).toHaveCount(0, comeback)
  await expect(offlineSign(page)).toHaveCount(0, comeback)
  await expectMessages(page, ['from the train'])
  await expectMessages(his, ['from the train'])
})

test('pending messages survive a reload in order', async ({ newPerson, enter, lineTo }) => {
  const [ada, bo] = [await newPerson('ada'), await newPerson('bo')]
  const line = await lineTo(ada.url)
  const page = await enter(ada, { path: paths.chat(bo.username), at: line.url })
  line.refuse(anySend)
  await write(page, 'one')
  await write(page, 'two')
  await expect(pending(page)).toHaveText(['one', 'two'])
  await page.reload()
  await expect(pending(page)).toHaveText(['one', 'two'])
  expect(await bo.messages(ada)).toEqual([])
  line.refuse(null)
  await expect(pending(page)).toHaveCount(0, comeback)
  await expectMessages(page, ['one', 'two'])
  expect((await bo.messages(ada)).map(({ body }) => body)).toEqual(['one', 'two'])
})

test('a refused message is marked and can be retried or discarded', async ({ newPerson, enter }) => {
  const [ada, bo] = [await newPerson('ada'), await newPerson('bo')]
  const page = await enter(ada, { path: paths.chat(bo.username) })
  const messages = `**${paths.api.messages(bo.username)}`
  await page.route(messages, (route) =>
    route.fulfill({ status: 403, contentType: 'application/problem+json', body: '{"status":403}' }),
  )
  await write(page, 'please')
  await write(page, 'never mind')
  const marks = log(page).getByText('Not sent.')
  await expect(marks).toHaveCount(2)
  await page.reload()
  await expect(marks).toHaveCount(2)
  await page.unroute(messages)
  await page.getByRole('button', { name: 'Discard' }).last().click()
  await expect(marks).toHaveCount(1)
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect(marks).toHaveCount(0)
  await expectMessages(page, ['please'])
  expect((await bo.messages(ada)).map(({ body }) => body)).toEqual(['please'])
})
