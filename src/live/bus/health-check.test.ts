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
import { openRedis } from '../../../test/support/redis.ts'
import { openWire } from '../../../test/support/wire.ts'
import type { Bus, BusMessage } from './bus.ts'
import { redisBus } from './redis.ts'
import type { RedisServers } from './redis-servers.ts'

const log = { warn() {} }
const message = (seq: number): BusMessage => ({ event: { type: 'read', with: 'ada', seq }, at: 0 })

let redis: Server
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())

// Several tests wait for a timeout.
setDefaultTimeout(180_000)

describe('the health check of a bus over Redis', () => {
  let wire: Awaited<ReturnType<typeof openWire>>
  let publisher: RedisServers
  let bus: Bus
  /** The client of another process, without faults. */
  let other: RedisServers
  let gaps: number

  beforeEach(async () => {
    wire = await openWire(redis.url)
    other = await openRedis(redis.url)
    publisher = await openRedis(wire.url)
    await open({ timeout: 20_000 })
    gaps = 0
  })
  afterEach(async () => {
    await bus.close()
    for (const client of [publisher, other]) client.destroy()
    wire.close()
  })

  async function open({ every = 1_000_000, timeout = 200 }) {
    bus = await redisBus(publisher, log, { every, timeout })
  }
  /** Reopens the bus with a short timeout. */
  async function reopen(every?: number) {
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
  /** Subscribes, and resolves to the next message. */
  const listen = async (user: number) => {
    const { promise, resolve } = Promise.withResolvers<BusMessage>()
    await bus.subscribe(user, resolve)
    return promise
  }
  const send = (user: number, seq: number) =>
    other.masters[0]!.client.publish(`user:${user}`, JSON.stringify(message(seq)))
  /** Resolves when a check succeeds; each failed one repairs something. */
  const recovered = async () => {
    const succeeds = () =>
      bus.ping().then(
        () => true,
        () => false,
      )
    // A check may fail at once; let the repair proceed.
    while (!(await succeeds())) await new Promise((resolve) => setImmediate(resolve))
  }

  test('succeeds while users subscribe and unsubscribe', async () => {
    void gap()
    const changes = Array.from({ length: 20 }, async (_, user) => {
      for (let n = 0; n < 20; n++) await (await bus.subscribe(user, () => {}))()
    })
    const allDone = Promise.all(changes)
    let over = false
    void allDone.then(() => {
      over = true
    })
    while (!over) await bus.ping()
    expect(gaps).toBe(0)
  })

  test('emits the delivery time of a message', async () => {
    const lags: unknown[] = []
    const listener = (message: unknown) => void lags.push(message)
    subscribe('chatapp:bus-lag', listener)
    await bus.ping()
    unsubscribe('chatapp:bus-lag', listener)
    expect(lags).toEqual([{ ms: expect.any(Number) }])
  })

  test('probes once for concurrent calls', async () => {
    const lags: unknown[] = []
    const listener = (message: unknown) => void lags.push(message)
    subscribe('chatapp:bus-lag', listener)
    await Promise.all([bus.ping(), bus.ping(), bus.ping()])
    unsubscribe('chatapp:bus-lag', listener)
    expect(lags).toHaveLength(1)
  })

  test('detects one lost subscription, emits a gap and restores it', async () => {
    const [one, two] = [listen(1), listen(2)]
    await bus.ping()
    await wire.slip('UNSUBSCRIBE user:2')
    const seenGap = gap()
    await expect(bus.ping()).rejects.toThrow('1 subscriptions are lost')
    await seenGap
    await Promise.all([send(1, 11), send(2, 12)])
    expect([await one, await two]).toEqual([message(11), message(12)])
    await recovered()
    expect(gaps).toBe(1)
  })

  test('detects that all subscriptions are lost, emits a gap and restores them', async () => {
    await reopen()
    const one = listen(1)
    await bus.ping()
    await wire.slip('UNSUBSCRIBE')
    const seenGap = gap()
    await expect(bus.ping()).rejects.toThrow('no response within')
    await seenGap
    await send(1, 11)
    expect(await one).toEqual(message(11))
  })

  test('detects silent connections and replaces them', async () => {
    await reopen()
    const one = listen(1)
    await bus.ping()
    wire.freeze()
    const lost = Promise.allSettled([bus.publish(2, message(10))])
    const seenGap = gap()
    await expect(bus.ping()).rejects.toThrow('no response within')
    expect(await lost).toMatchObject([{ reason: { message: 'Disconnects client' } }])
    await seenGap
    await recovered()
    await bus.publish(1, message(11))
    expect(await one).toEqual(message(11))
  })

  test('emits a gap when the server closes the subscriber', async () => {
    const one = listen(1)
    await bus.ping()
    const seenGap = gap()
    await other.masters[0]!.client.sendCommand(['CLIENT', 'KILL', 'TYPE', 'PUBSUB'])
    await seenGap
    await send(1, 11)
    expect(await one).toEqual(message(11))
    await recovered()
    expect(gaps).toBe(1)
  })

  test('runs periodically', async () => {
    const twice = Promise.withResolvers<void>()
    let count = 0
    const listener = () => ++count === 2 && twice.resolve()
    subscribe('chatapp:bus-lag', listener)
    await reopen(1)
    await twice.promise
    unsubscribe('chatapp:bus-lag', listener)
  })

  test('limits the messages in flight to a Redis that does not respond', async () => {
    await reopen()
    wire.freeze()
    const attempts = Array.from({ length: 10_001 }, (_, seq) => bus.publish(1, message(seq)))
    const ended = Promise.allSettled(attempts)
    await expect(attempts.at(-1)).rejects.toThrow('too many messages in flight to Redis')
    expect(attempts.map((attempt) => Bun.peek.status(attempt)).filter((it) => it === 'pending')).toHaveLength(
      10_000,
    )
    await bus.ping().catch(() => {})
    await ended
    await recovered()
    await bus.publish(1, message(1))
  })

  test('publishes `events-lost` after Redis rejected messages, also without a reconnect', async () => {
    await reopen()
    const received = Promise.withResolvers<BusMessage>()
    let reconnects = 0
    publisher.masters[0]!.client.on('ready', () => reconnects++)
    await bus.subscribe(5, received.resolve)
    await other.masters[0]!.client.sendCommand(['ACL', 'SETUSER', 'default', '-publish'])
    try {
      await expect(bus.publish(5, message(1))).rejects.toThrow('NOPERM')
    } finally {
      await other.masters[0]!.client.sendCommand(['ACL', 'SETUSER', 'default', '+publish'])
    }
    await bus.publish(6, message(2))
    expect(await received.promise).toMatchObject({ event: { type: 'events-lost' } })
    expect(reconnects).toBe(0)
  })

  test('succeeds with a server that does not report its number of subscriptions', async () => {
    await other.masters[0]!.client.sendCommand([
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
    const limited = await openRedis(url.href)
    const terse = await redisBus(limited, log)
    await terse.ping()
    await terse.close()
    limited.destroy()
  })
})
