import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  setDefaultTimeout,
  test,
} from 'bun:test'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { type Server, startRedis } from '../../../scripts/servers.ts'
import { openWire } from '../../../test/support/wire.ts'
import type { Bus, BusMessage } from './bus.ts'
import { openRedis, type RedisClient, redisBus } from './redis.ts'

const log = { warn() {} }
const note = (seq: number): BusMessage => ({ event: { type: 'read', with: 'ada', seq }, at: 0 })

let redis: Server
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())

// Each finds out by waiting for an answer that does not come.
setDefaultTimeout(180_000)

describe('a bus over Redis that probes itself', () => {
  let wire: Awaited<ReturnType<typeof openWire>>
  let publisher: RedisClient
  let bus: Bus
  /** Another process, whose connections are sound. */
  let other: RedisClient
  let gaps: number

  beforeEach(async () => {
    wire = await openWire(redis.url)
    other = await openRedis(redis.url, log)
    publisher = await openRedis(wire.url, log)
    await open({ patience: 20_000 })
    gaps = 0
  })
  afterEach(async () => {
    await bus.close()
    for (const client of [publisher, other]) client.destroy()
    wire.close()
  })

  async function open({ every = 1_000_000, patience = 200 }) {
    bus = await redisBus(publisher, log, { every, patience })
  }
  /** For those who wait for an answer that does not come. */
  async function hurry(every?: number) {
    await bus.close()
    await open({ every })
  }
  const gap = () =>
    new Promise<void>((resolve) =>
      bus.onGap(() => {
        gaps++
        resolve()
      }),
    )
  /** Subscribes, and answers the next note. */
  const listen = async (user: number) => {
    const { promise, resolve } = Promise.withResolvers<BusMessage>()
    await bus.subscribe(user, resolve)
    return promise
  }
  const say = (user: number, seq: number) => other.publish(`user:${user}`, JSON.stringify(note(seq)))
  /** Resolves when a probe goes well; each before it mends something. */
  const mended = async () => {
    const well = () =>
      bus.ping().then(
        () => true,
        () => false,
      )
    // A probe may fail at once, and what mends it must have its turn.
    while (!(await well())) await new Promise((resolve) => setImmediate(resolve))
  }

  test('is content while people come and go', async () => {
    void gap()
    const restless = Array.from({ length: 20 }, async (_, user) => {
      for (let n = 0; n < 20; n++) await (await bus.subscribe(user, () => {}))()
    })
    const calm = Promise.all(restless)
    let over = false
    void calm.then(() => {
      over = true
    })
    while (!over) await bus.ping()
    expect(gaps).toBe(0)
  })

  test('tells how long a note is on its way', async () => {
    const told: unknown[] = []
    const listener = (message: unknown) => void told.push(message)
    subscribe('chatapp:bus-lag', listener)
    await bus.ping()
    unsubscribe('chatapp:bus-lag', listener)
    expect(told).toEqual([{ ms: expect.any(Number) }])
  })

  test('probes once for those who ask at once', async () => {
    const told: unknown[] = []
    const listener = (message: unknown) => void told.push(message)
    subscribe('chatapp:bus-lag', listener)
    await Promise.all([bus.ping(), bus.ping(), bus.ping()])
    unsubscribe('chatapp:bus-lag', listener)
    expect(told).toHaveLength(1)
  })

  test('finds that one subscription is gone, tells of the gap and hears again', async () => {
    const [one, two] = [listen(1), listen(2)]
    await bus.ping()
    await wire.slip('UNSUBSCRIBE user:2')
    const told = gap()
    await expect(bus.ping()).rejects.toThrow('1 subscriptions are gone')
    await told
    await Promise.all([say(1, 11), say(2, 12)])
    expect([await one, await two]).toEqual([note(11), note(12)])
    await mended()
    expect(gaps).toBe(1)
  })

  test('finds that all subscriptions are gone, tells of the gap and hears again', async () => {
    await hurry()
    const one = listen(1)
    await bus.ping()
    await wire.slip('UNSUBSCRIBE')
    const told = gap()
    await expect(bus.ping()).rejects.toThrow('no answer within')
    await told
    await say(1, 11)
    expect(await one).toEqual(note(11))
  })

  test('finds that its connections are silent, and publishes and hears again over new ones', async () => {
    await hurry()
    const one = listen(1)
    await bus.ping()
    wire.freeze()
    const lost = Promise.allSettled([bus.publish(2, note(10))])
    const told = gap()
    await expect(bus.ping()).rejects.toThrow('no answer within')
    expect(await lost).toMatchObject([{ reason: { message: 'Disconnects client' } }])
    await told
    await mended()
    await bus.publish(1, note(11))
    expect(await one).toEqual(note(11))
  })

  test('tells of the gap when the server closed its subscriber', async () => {
    const one = listen(1)
    await bus.ping()
    const told = gap()
    await other.sendCommand(['CLIENT', 'KILL', 'TYPE', 'PUBSUB'])
    await told
    await say(1, 11)
    expect(await one).toEqual(note(11))
    await mended()
    expect(gaps).toBe(1)
  })

  test('probes again and again without being asked', async () => {
    const twice = Promise.withResolvers<void>()
    let told = 0
    const listener = () => ++told === 2 && twice.resolve()
    subscribe('chatapp:bus-lag', listener)
    await hurry(1)
    await twice.promise
    unsubscribe('chatapp:bus-lag', listener)
  })

  test('keeps no more than so many notes for a Redis that does not answer', async () => {
    await hurry()
    wire.freeze()
    const attempts = Array.from({ length: 10_001 }, (_, seq) => bus.publish(1, note(seq)))
    const ended = Promise.allSettled(attempts)
    await expect(attempts.at(-1)).rejects.toThrow('Redis takes no more')
    expect(attempts.map((attempt) => Bun.peek.status(attempt)).filter((it) => it === 'pending')).toHaveLength(
      10_000,
    )
    await bus.ping().catch(() => {})
    await ended
    await mended()
    await bus.publish(1, note(1))
  })

  test('is content with a server that does not say how many channels it hears', async () => {
    await other.sendCommand([
      'ACL',
      'SETUSER',
      'limited',
      'on',
      '>secret',
      '~*',
      '&*',
      '+@all',
      '-client|info',
    ])
    const url = new URL(redis.url)
    Object.assign(url, { username: 'limited', password: 'secret' })
    const limited = await openRedis(url.href, log)
    const terse = await redisBus(limited, log)
    await terse.ping()
    await terse.close()
    limited.destroy()
  })
})
