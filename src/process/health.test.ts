import { describe, expect, test } from 'bun:test'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startMariaDb, startRedis } from '../../scripts/servers.ts'
import { backends, mysql, openChat, sqlite } from '../../test/support/chat.ts'
import type { Person } from '../../test/support/person.ts'
import { openWire } from '../../test/support/wire.ts'
import { paths } from '../../web/paths.ts'
import type { Deps } from './deps.ts'

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

/** Waits until the last check that the process was ready is no longer returned. */
async function untilDown(person: Person): Promise<void> {
  while ((await person.get(paths.ready)).status === 200);
}

test('a flood of readiness checks costs few checks of the database and the bus', async () => {
  let pings = 0
  const using = (deps: Deps): Deps => ({
    ...deps,
    bus: Object.assign(Object.create(deps.bus), {
      async ping() {
        pings++
      },
    }),
  })
  const chat = await openChat(sqlite, { using })
  const stranger = chat.stranger()
  const startedAt = performance.now()
  for (let n = 0; n < 10; n++) {
    const responses = await Promise.all(Array.from({ length: 100 }, () => stranger.fetch(paths.ready)))
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]))
  }
  expect(pings).toBeWithin(1, 2 + Math.ceil((performance.now() - startedAt) / 100))
  await chat.close()
})

test('a process whose data folder was deleted is not ready, and stores nothing more', async () => {
  const chat = await openChat(sqlite)
  const [stranger, ada] = [chat.stranger(), await chat.signUp('ada')]
  await ada.say(ada, 'kept')
  const { dataDir } = chat.deps.config
  rmSync(dataDir, { recursive: true })
  const refused = async () => {
    expect(await stranger.get(paths.ready)).toMatchObject({ status: 503, body: { down: ['database'] } })
    const send = await ada.post(paths.api.messages('ada'), { body: 'lost?', clientId: 'lost' })
    expect([send.status, Number(send.headers.get('retry-after')) > 0]).toEqual([503, true])
    expect((await ada.post(paths.api.messages('ada'), { body: 'lost?' })).status).toBe(503)
    const account = { username: 'bob', password: 'correct horse battery' }
    expect((await chat.stranger().post(paths.api.users, account)).status).toBe(503)
  }
  await refused()
  // Another database in its place is not the one in use.
  mkdirSync(dataDir)
  writeFileSync(join(dataDir, 'chatapp.sqlite'), '')
  await refused()
  await chat.close()
}, 180_000)

test('a process on a demoted primary is not ready, and reaches the next primary with a new connection', async () => {
  const database = await startMariaDb()
  // `read_only` does not bind accounts with all rights.
  await using admin = new Bun.SQL(database.url, { max: 1 })
  await admin.unsafe(`create user 'app'@'127.0.0.1' identified by 'secret'`)
  // MySQL's function of locks allowed names of 64 characters only.
  const name = 'a_database_with_a_name_that_is_as_long_as_names_in_mysql_can_be'
  await admin.unsafe(`grant all on ${name}.* to 'app'@'127.0.0.1'`)
  const url = `mysql://app:secret@127.0.0.1:${new URL(database.url).port}/${name}`
  const chat = await openChat(mysql, {
    env: { DATABASE_URL: url },
    databaseTimeouts: { request: 1000, query: 12_000 },
  })
  const [stranger, ada] = [chat.stranger(), await chat.signUp('ada')]
  const connections = async () => {
    const rows = await admin.unsafe(`select id from information_schema.processlist where user = 'app'`)
    return rows.map(({ id }: { id: number }) => id)
  }
  expect((await stranger.get(paths.ready)).status).toBe(200)
  await admin.unsafe('set global read_only = 1')
  const before = await connections()
  await untilDown(stranger)
  expect(await stranger.get(paths.ready)).toMatchObject({ status: 503, body: { down: ['database'] } })
  const refused = await ada.post(paths.api.messages('ada'), { body: 'now?', clientId: 'one' })
  expect([refused.status, Number(refused.headers.get('retry-after')) > 0]).toEqual([503, true])
  expect(before.length).toBeGreaterThan(0)
  // The connection that the probe used is among those that are closed.
  while ((await connections()).includes(before.at(-1))) await stranger.get(paths.ready)
  await admin.unsafe('set global read_only = 0')
  while ((await stranger.get(paths.ready)).status === 503);
  expect((await ada.post(paths.api.messages('ada'), { body: 'now?', clientId: 'one' })).status).toBeOneOf([
    200, 201,
  ])
  await chat.close()
  await database.stop()
}, 180_000)

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
  await untilDown(stranger)
  expect(await stranger.get(paths.ready)).toMatchObject({ status: 503, body: { down: ['bus'] } })
  await stream.next('ready')
  while ((await stranger.get(paths.ready)).status === 503);
  const { id } = await ada.say(ada, 'announced again')
  expect(await stream.next()).toMatchObject({ id })
  await chat.close()
  wire.close()
}, 180_000)
