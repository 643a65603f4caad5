import { afterAll, describe, expect, test } from 'bun:test'
import { backends, openChat, sqlite } from '../../test/support/chat.ts'
import { openEvents } from '../../test/support/events.ts'
import { paths } from '../../web/paths.ts'
import type { Deps } from '../process/deps.ts'
import type { Bus } from './bus/bus.ts'
import { MAX_CONNECTIONS_PER_USER } from './hub.ts'

describe.each(backends)('an event stream, on $name', async (backend) => {
  const chat = await openChat(backend)
  const { hub } = chat.app
  afterAll(() => chat.close())
  const ada = await chat.signUp('ada')
  const bob = await chat.signUp('Bob')
  const eve = await chat.signUp('eve')

  test('is not cached or buffered by proxies', async () => {
    const { response, leave } = await openEvents(ada)
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    expect(response.headers.get('cache-control')).toBe('no-store, no-transform')
    expect(response.headers.get('x-accel-buffering')).toBe('no')
    leave()
  })

  test('sends `ready` first, then events of a message to both people only', async () => {
    const streams = await Promise.all([ada.events(), ada.events(), bob.events(), eve.events()])
    const [one, two, his, hers] = streams
    const { id } = await ada.say(bob, 'hello')
    const event = { type: 'message', id, seq: 1, version: 1 } as const
    expect(await one!.next()).toEqual({ ...event, with: 'Bob' })
    expect(await two!.next()).toEqual({ ...event, with: 'Bob' })
    expect(await his!.next()).toEqual({ ...event, with: 'ada' })
    // Eve's first event is about her own note.
    const note = await eve.say(eve, 'a note')
    expect(await hers!.next()).toEqual({ type: 'message', id: note.id, with: 'eve', seq: 1, version: 1 })
    for (const { leave } of streams) leave()
  })

  test('gets one event for an own note', async () => {
    const stream = await eve.events()
    const [one, two] = [await eve.say(eve, 'one'), await eve.say(eve, 'two')]
    expect([await stream.next(), await stream.next()]).toMatchObject([{ id: one.id }, { id: two.id }])
    stream.leave()
  })

  test('gets the event after the message is stored, and none for a repeated send', async () => {
    const stream = await bob.events()
    const sent = await ada.say(bob, 'once', 'once')
    const event = await stream.next('message')
    expect('id' in event && (await bob.get(paths.api.message(event.id))).body).toEqual(sent)
    await ada.post(paths.api.messages('bob'), { body: 'once', clientId: 'once' })
    const next = await ada.say(bob, 'next')
    expect(await stream.next()).toMatchObject({ id: next.id })
    stream.leave()
  })

  test('gets no event for a rejected message', async () => {
    const stream = await bob.events()
    await ada.post(paths.api.messages('bob'), { body: ' ' })
    await ada.post(paths.api.messages('bob'), { body: 'other', clientId: 'once' })
    const next = await ada.say(bob, 'next')
    expect(await stream.next()).toMatchObject({ id: next.id })
    stream.leave()
  })

  test("gets the user's own `read` events, one for each move", async () => {
    const [hers, his] = await Promise.all([ada.events(), bob.events()])
    const { seq } = await bob.say(ada, 'read me')
    await ada.put(paths.api.read('bob'), { seq })
    await ada.put(paths.api.read('bob'), { seq })
    await ada.put(paths.api.read('bob'), { seq: seq - 1 })
    const next = await ada.say(bob, 'next')
    expect(await hers.next()).toMatchObject({ type: 'message', seq })
    expect(await hers.next()).toEqual({ type: 'read', with: 'Bob', seq })
    expect(await hers.next()).toMatchObject({ type: 'message', id: next.id })
    expect(await his.next()).toMatchObject({ type: 'message', seq })
    expect(await his.next()).toMatchObject({ type: 'message', id: next.id })
    for (const { leave } of [hers, his]) leave()
  })

  test('ends when its session is signed out, and continues for other sessions', async () => {
    const [here, there] = [chat.stranger(), chat.stranger()]
    await here.signIn('ada')
    await there.signIn('ada')
    const [ending, staying] = await Promise.all([here.events(), there.events()])
    await here.delete(paths.api.session)
    await ending.ended()
    const { id } = await ada.say(bob, 'still there?')
    expect(await staying.next()).toMatchObject({ id })
    staying.leave()
  })

  test('is limited to 20 per user until one is closed', async () => {
    const dora = await chat.signUp('dora')
    const streams = await Promise.all(Array.from({ length: MAX_CONNECTIONS_PER_USER }, () => dora.events()))
    const refusal = await dora.get(paths.api.events)
    expect([refusal.status, refusal.headers.get('retry-after')]).toEqual([429, '60'])
    expect((await bob.events()).response.status).toBe(200)
    streams[0]!.leave()
    await dora.events()
    for (const { leave } of streams) leave()
  })

  test('requires a session', async () => {
    expect((await chat.stranger().get(paths.api.events)).status).toBe(401)
  })

  test('is not upgraded by a server without WebSockets', async () => {
    const response = await ada.fetch(paths.api.events, { headers: { upgrade: 'websocket' } })
    expect(response.status).toBe(501)
  })

  test('ends when its client reads too slowly, so that memory stays bounded', async () => {
    const emil = await chat.signUp('emil')
    const before = hub.size
    const { body } = await emil.fetch(paths.api.events)
    expect(hub.size).toBe(before + 1)
    // 64 KiB of events, each longer than forty bytes.
    let seq = 0
    while (hub.size > before && seq < 64 * 1024) {
      const event = { type: 'read', with: 'emil'.repeat(10), seq: seq++ } as const
      await chat.deps.bus.publish(await idOf('emil'), { event, at: 0 })
    }
    expect(hub.size).toBe(before)
    // The buffer is bounded, and the stream ends after it.
    const held = await new Response(body).arrayBuffer()
    expect(held.byteLength).toBeLessThan(70 * 1024)
  })

  test('is removed at once when it is closed', async () => {
    const before = hub.size
    const stream = await ada.events()
    expect(hub.size).toBe(before + 1)
    stream.leave()
    expect(hub.size).toBe(before)
  })

  test('ends at the next heartbeat after its session expired', async () => {
    const stream = await ada.events()
    chat.advance(31 * 24 * 60 * 60)
    await hub.heartbeat()
    await stream.ended()
  })

  const ids = new Map<string, number>()
  async function idOf(username: string): Promise<number> {
    if (!ids.has(username)) {
      const [row] = await chat.deps.orm.em.execute<{ id: number }[]>('select id from user where handle = ?', [
        username,
      ])
      ids.set(username, row!.id)
    }
    return ids.get(username)!
  }
})

test('an event reaches streams of another process over the same MySQL and Redis', async () => {
  const chat = await openChat(backends[1]!)
  const second = await openChat(backends[1]!, { env: chat.env })
  const ada = await chat.signUp('ada')
  const bob = await chat.signUp('bob')
  const there = Object.assign(second.stranger(), { username: 'bob', token: bob.token })
  const stream = await there.events()
  const { id } = await ada.say(bob, 'hello over there')
  expect(await stream.next()).toMatchObject({ type: 'message', id, with: 'ada' })
  await bob.delete(paths.api.session)
  await stream.ended()
  await second.close()
  await chat.close()
})

test('a send succeeds while the bus is down, and clients catch up when it is back', async () => {
  let gap = () => {}
  let away = false
  const using = (deps: Deps): Deps => ({ ...deps, bus: flaky(deps.bus) })
  const flaky = (bus: Bus): Bus => ({
    ...bus,
    publish: (user, note) => (away ? Promise.reject(new Error('away')) : bus.publish(user, note)),
    onGap: (listener) => {
      gap = listener
    },
  })
  const chat = await openChat(sqlite, { using })
  const ada = await chat.signUp('ada')
  const elsewhere = chat.stranger()
  await elsewhere.signIn('ada')
  const [stream, leaving] = [await ada.events(), await elsewhere.events()]
  away = true
  const sent = await ada.say(ada, 'to whom it may concern')
  expect((await elsewhere.delete(paths.api.session)).status).toBe(204)
  expect(chat.logged.filter((line) => line.includes('was not published'))).toHaveLength(2)
  gap()
  await stream.next('ready')
  // The revocation was not published, but the gap closes the stream.
  await leaving.ended()
  expect((await ada.get(`${paths.api.changes('ada')}?since=0`)).body.results).toEqual([sent])
  await chat.close()
})
