import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { connect } from 'node:net'
import { backends, mysql, sqlite } from '../../test/support/chat.ts'
import { handshake, openSocket, startServer } from '../../test/support/server.ts'
import { paths } from '../../web/paths.ts'
import { cookieNames } from '../http/cookies.ts'
import { CLOSE, MAX_CONNECTIONS_PER_USER } from './hub.ts'

// Starting processes is slow on a busy machine.
setDefaultTimeout(180_000)

describe.each(backends)('a WebSocket, on $name', async (backend) => {
  const server = await startServer(backend)
  afterAll(() => server.close())
  const [ada, bob, eve] = await Promise.all(['ada', 'Bob', 'eve'].map(server.signUp))
  const bearer = { authorization: `Bearer ${ada!.token}` }

  test('sends `ready` first, then events of a message to both people only', async () => {
    const sockets = await Promise.all([ada!, ada!, bob!, eve!].map((person) => openSocket(server, person)))
    const [one, two, his, hers] = sockets
    const { id } = await ada!.say(bob!, 'hello')
    const event = { type: 'message', id, seq: 1, version: 1 } as const
    expect(await one!.next()).toEqual({ ...event, with: 'Bob' })
    expect(await two!.next()).toEqual({ ...event, with: 'Bob' })
    expect(await his!.next()).toEqual({ ...event, with: 'ada' })
    const note = await eve!.say(eve!, 'a note')
    expect(await hers!.next()).toEqual({ type: 'message', id: note.id, with: 'eve', seq: 1, version: 1 })
    for (const { leave } of sockets) leave()
  })

  test('carries the same events as an event stream', async () => {
    const [socket, stream] = await Promise.all([openSocket(server, ada!), ada!.events()])
    await ada!.say(bob!, 'once more')
    await ada!.put(paths.api.read('bob'), { seq: 1 })
    expect([await socket.next(), await socket.next()]).toEqual([await stream.next(), await stream.next()])
    socket.leave()
    stream.leave()
  })

  test('opens with the session cookie from its own origin', async () => {
    const cookie = `${cookieNames(server).session}=${ada!.token}`
    expect(await handshake(server, { cookie, origin: server.origin, 'sec-fetch-site': 'same-origin' })).toBe(
      101,
    )
  })

  test.each([
    'https://evil.example.com',
    'null',
    'http://localhost',
    'http://localhost:1',
    'http://localhost.evil.com',
    'http://evil.localhost',
    '',
  ])('does not open for a page of %p', async (origin) => {
    const cookie = `${cookieNames(server).session}=${ada!.token}`
    expect(await handshake(server, { cookie, origin })).toBe(403)
    expect(await handshake(server, { ...bearer, origin })).toBe(403)
  })

  test('does not open for a cross-site request without an origin', async () => {
    expect(await handshake(server, { ...bearer, 'sec-fetch-site': 'cross-site' })).toBe(403)
  })

  test('opens for a client that is not a browser', async () => {
    expect(await handshake(server, bearer)).toBe(101)
  })

  test('does not open without a session', async () => {
    expect(await handshake(server, {})).toBe(401)
    expect(
      await handshake(server, { origin: server.origin, cookie: `${cookieNames(server).session}=nonsense` }),
    ).toBe(401)
  })

  test('does not open for an incomplete handshake', async () => {
    expect(await handshake(server, { ...bearer, 'sec-websocket-key': undefined })).toBe(400)
  })

  test('is limited to 20 per user, even when more are opened concurrently', async () => {
    const dora = await server.signUp('dora')
    const many = await Promise.allSettled(Array.from({ length: 30 }, () => openSocket(server, dora)))
    const open = many.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    expect(open).toHaveLength(MAX_CONNECTIONS_PER_USER)
    expect(await handshake(server, { authorization: `Bearer ${dora.token}` })).toBe(429)
    const first = open[0]!
    first.leave()
    await first.closed
    await openSocket(server, dora)
  })

  test('ignores frames from the client, and closes when one is too large', async () => {
    const [talking, quiet] = await Promise.all([openSocket(server, eve!), openSocket(server, eve!)])
    talking.send('{"type":"subscribe","user":1}')
    talking.send('x'.repeat(1024))
    const { id } = await eve!.say(eve!, 'still here')
    expect(await talking.next()).toMatchObject({ id })
    talking.send('x'.repeat(1025))
    expect(await talking.closed).toBeWithin(1000, 1010)
    const next = await eve!.say(eve!, 'and so am I')
    expect([await quiet.next(), await quiet.next()]).toMatchObject([{ id }, { id: next.id }])
    quiet.leave()
  })

  test('closes with 4401 when its session is signed out, and stays open for other sessions', async () => {
    const [here, there] = [server.stranger(), server.stranger()]
    await here.signIn('ada')
    await there.signIn('ada')
    const [ending, staying] = await Promise.all([openSocket(server, here), openSocket(server, there)])
    await here.delete(paths.api.session)
    expect(await ending.closed).toBe(CLOSE.signedOut)
    const { id } = await ada!.say(bob!, 'still there?')
    expect(await staying.next()).toMatchObject({ id })
    staying.leave()
  })
})

describe('a client that reads too slowly is disconnected', async () => {
  const server = await startServer(mysql)
  afterAll(() => server.close())
  const ada = await server.signUp('ada')
  const redis = new Bun.RedisClient(process.env.TEST_REDIS_URL!)
  const padding = 'x'.repeat(100_000)

  test.each([
    {
      over: 'a WebSocket',
      upgrade: [
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      ],
    },
    { over: 'an event stream', upgrade: ['Connection: close'] },
  ])(
    'over $over, so that its buffer stays bounded',
    async ({ upgrade }) => {
      const socket = connect(Number(new URL(server.origin).port), 'localhost')
      const head = [
        `GET ${paths.api.events} HTTP/1.1`,
        'Host: localhost',
        `Authorization: Bearer ${ada.token}`,
        ...upgrade,
      ]
      socket.write(`${head.join('\r\n')}\r\n\r\n`)
      // Read until the channel is subscribed, then stop.
      let read = ''
      for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
        read += chunk
        if (read.includes('"ready"')) break
      }
      socket.pause()
      let sent = 0
      while ((await publish()) > 0) {
        sent += padding.length
        if (sent > 200_000_000) throw new Error('the connection is still open')
      }
      let received = 0
      for await (const chunk of socket) received += chunk.length
      expect(received).toBeLessThan(sent)
    },
    20_000,
  )

  /** Publishes a large event; returns the number of processes that received it. */
  function publish(): Promise<number> {
    const event = { type: 'read', with: padding, seq: 1 }
    return redis.publish('user:1', JSON.stringify({ event, at: 0 }))
  }
})

test('a process that gets a stop signal closes its sockets and streams and exits with 0', async () => {
  const server = await startServer(sqlite)
  const ada = await server.signUp('ada')
  const [socket, stream] = await Promise.all([openSocket(server, ada), ada.events()])
  const { code, stderr } = await server.close()
  expect(await socket.closed).toBe(CLOSE.goingAway)
  await stream.ended()
  expect([code, stderr]).toEqual([0, ''])
})
