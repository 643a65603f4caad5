import { describe, expect, test } from 'bun:test'
import { startMariaDb, startRedis } from '../../scripts/servers.ts'
import { backends, mysql, openChat } from '../../test/support/chat.ts'
import { openWire } from '../../test/support/wire.ts'
import { paths } from '../../web/paths.ts'

describe.each(backends)('health, on $name', (backend) => {
  test('is public', async () => {
    const chat = await openChat(backend)
    const stranger = chat.stranger()
    expect(await stranger.get(paths.live)).toMatchObject({ status: 200, body: { status: 'up' } })
    expect(await stranger.get(paths.ready)).toMatchObject({ status: 200, body: { status: 'up', down: [] } })
    await chat.close()
  })

  test('reports a stopping process as live, but not ready', async () => {
    const chat = await openChat(backend)
    const stranger = chat.stranger()
    void chat.app.hub.close()
    expect(await stranger.get(paths.ready)).toMatchObject({ status: 503, body: { down: ['process'] } })
    expect((await stranger.get(paths.live)).status).toBe(200)
    await chat.close()
  })
})

test('a process without its database is live, but not ready until the database is back, with all data', async () => {
  const database = await startMariaDb()
  const chat = await openChat(mysql, { env: { DATABASE_URL: `${database.url}/chatapp` } })
  const stranger = chat.stranger()
  const ada = await chat.signUp('ada')
  const sent = await ada.say(ada, 'remember me', 'one')
  await database.kill()
  expect((await stranger.get(paths.live)).status).toBe(200)
  expect(await stranger.get(paths.ready)).toMatchObject({
    status: 503,
    body: { status: 'down', down: ['database'] },
  })
  expect(chat.logged.at(-2)).toContain('"down":"database"')
  const refusal = await ada.post(paths.api.messages('ada'), { body: 'now?', clientId: 'two' })
  expect([refusal.status, refusal.headers.get('retry-after')]).toEqual([503, '5'])

  await database.restart()
  expect((await stranger.get(paths.ready)).status).toBe(200)
  await ada.say(ada, 'now?', 'two')
  const { results } = (await ada.get(paths.api.messages('ada'))).body
  expect(results).toMatchObject([sent, { seq: 2, body: 'now?' }])
  await chat.close()
  await database.stop()
}, 180_000)

test('a process without Redis is not ready until Redis is back', async () => {
  const redis = await startRedis()
  const chat = await openChat(mysql, { env: { REDIS_URL: redis.url } })
  const stranger = chat.stranger()
  const gap = new Promise<void>((resolve) => chat.deps.bus.onGap(resolve))
  await redis.kill()
  expect(await stranger.get(paths.ready)).toMatchObject({ status: 503, body: { down: ['bus'] } })
  // Messages are stored all the same.
  const ada = await chat.signUp('ada')
  const sent = await ada.say(ada, 'not announced')
  await redis.restart()
  await gap
  while ((await stranger.get(paths.ready)).status === 503);
  expect((await ada.get(paths.api.message(sent.id))).body).toEqual(sent)
  await chat.close()
  await redis.stop()
}, 180_000)

test('a process that receives nothing from Redis is not ready until it does again', async () => {
  const wire = await openWire(process.env.TEST_REDIS_URL!)
  const chat = await openChat(mysql, { env: { REDIS_URL: wire.url } })
  const stranger = chat.stranger()
  const ada = await chat.signUp('ada')
  const stream = await ada.events()
  expect((await stranger.get(paths.ready)).status).toBe(200)
  wire.freeze()
  expect(await stranger.get(paths.ready)).toMatchObject({ status: 503, body: { down: ['bus'] } })
  await stream.next('ready')
  while ((await stranger.get(paths.ready)).status === 503);
  const { id } = await ada.say(ada, 'announced again')
  expect(await stream.next()).toMatchObject({ id })
  await chat.close()
  wire.close()
}, 180_000)
