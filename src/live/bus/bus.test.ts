import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type Server, startRedis } from '../../../scripts/servers.ts'
import { openRedis } from '../../../test/support/redis.ts'
import { openWire } from '../../../test/support/wire.ts'
import { type Bus, type BusMessage, memoryBus } from './bus.ts'
import { redisBus } from './redis.ts'
import type { RedisServers } from './redis-servers.ts'

const log = { warn() {} }
const message = (seq: number): BusMessage => ({
  event: { type: 'read', with: '👩‍🚀 "ada"\n', seq },
  at: 1.25,
})
const seqOf = ({ event }: BusMessage) => ('seq' in event ? event.seq : 0)

let redis: Server
beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis.stop())

/** Collects messages as they arrive, except those of the type `except`. */
function inbox({ except }: { except?: string } = {}) {
  const arrived: BusMessage[] = []
  const waiting: ((message: BusMessage) => void)[] = []
  return {
    listener(message: BusMessage) {
      if (message.event.type === except) return
      const next = waiting.shift()
      if (next) next(message)
      else arrived.push(message)
    },
    next: () =>
      new Promise<BusMessage>((resolve) => {
        const first = arrived.shift()
        if (first) resolve(first)
        else waiting.push(resolve)
      }),
    /** Messages not taken with `next`. */
    arrived,
  }
}

/** A connected pair: messages published on `there` arrive at `here`. */
type Pair = { here: Bus; there: Bus; close(): Promise<void> }

async function oneMemory(): Promise<Pair> {
  const bus = memoryBus()
  return { here: bus, there: bus, close: () => bus.close() }
}

async function twoProcesses(): Promise<Pair & { publisher: RedisServers }> {
  const [own, publisher] = await Promise.all([openRedis(redis.url), openRedis(redis.url)])
  const [here, there] = await Promise.all([redisBus(own, log), redisBus(publisher, log)])
  return {
    here,
    there,
    publisher,
    async close() {
      await Promise.all([here.close(), there.close()])
      own.destroy()
      publisher.destroy()
    },
  }
}

describe.each([
  { kind: 'memory', open: oneMemory },
  { kind: 'redis', open: twoProcesses },
])('a bus of kind $kind', ({ kind, open }) => {
  let here: Bus
  let there: Bus
  let pair: Pair
  beforeAll(async () => {
    pair = await open()
    here = pair.here
    there = pair.there
  })
  afterAll(() => pair.close())

  /** Resolves when all messages published before have arrived. */
  const settled = async () => {
    const { listener, next } = inbox()
    const leave = await here.subscribe(999, listener)
    await there.publish(999, message(0))
    await next()
    await leave()
  }

  test('reports its kind and responds to a ping', async () => {
    expect(here.kind).toBe(kind as Bus['kind'])
    await here.ping()
  })

  test('delivers a message unchanged to its user only', async () => {
    const [ada, bob] = [inbox(), inbox()]
    const leave = await Promise.all([here.subscribe(1, ada.listener), here.subscribe(11, bob.listener)])
    await there.publish(1, message(7))
    expect(await ada.next()).toEqual(message(7))
    await settled()
    expect([ada.arrived, bob.arrived]).toEqual([[], []])
    for (const one of leave) await one()
  })

  test('preserves the order', async () => {
    const { listener, next } = inbox()
    const leave = await here.subscribe(2, listener)
    const seqs = Array.from({ length: 200 }, (_, n) => n)
    await Promise.all(seqs.map((seq) => there.publish(2, message(seq))))
    const received: number[] = []
    for (const _ of seqs) received.push(seqOf(await next()))
    expect(received).toEqual(seqs)
    await leave()
  })

  test('does not deliver messages published before the subscription', async () => {
    await there.publish(3, message(1))
    const { listener, arrived } = inbox()
    const leave = await here.subscribe(3, listener)
    await settled()
    expect(arrived).toEqual([])
    await leave()
  })

  test('keeps other subscriptions when one ends, and ending is idempotent', async () => {
    const [one, two] = [inbox(), inbox()]
    const leave = await here.subscribe(4, one.listener)
    const leaveToo = await here.subscribe(4, two.listener)
    await leave()
    await leave()
    await there.publish(4, message(1))
    expect(seqOf(await two.next())).toBe(1)
    await settled()
    expect(one.arrived).toEqual([])
    await leaveToo()
    await there.publish(4, message(2))
    await settled()
    expect([one.arrived, two.arrived]).toEqual([[], []])
  })

  test('can be subscribed again after, and while, the last listener leaves', async () => {
    for (let round = 0; round < 20; round++) {
      const [old, fresh] = [inbox(), inbox()]
      const leave = await here.subscribe(5, old.listener)
      const leaving = leave()
      const leaveFresh = await here.subscribe(5, fresh.listener)
      await leaving
      await there.publish(5, message(round))
      expect(seqOf(await fresh.next())).toBe(round)
      expect(old.arrived).toEqual([])
      await leaveFresh()
    }
  })

  test('delivers once to each of several listeners of many users', async () => {
    const people = Array.from({ length: 60 }, (_, n) => ({
      user: 100 + n,
      boxes: [inbox(), inbox(), inbox()],
    }))
    const leave = await Promise.all(
      people.flatMap(({ user, boxes }) => boxes.map(({ listener }) => here.subscribe(user, listener))),
    )
    await Promise.all(people.map(({ user }) => there.publish(user, message(user))))
    for (const { user, boxes } of people) {
      for (const box of boxes) expect(seqOf(await box.next())).toBe(user)
    }
    await settled()
    expect(people.flatMap(({ boxes }) => boxes.flatMap(({ arrived }) => arrived))).toEqual([])
    await Promise.all(leave.map((one) => one()))
  })

  test('delivers nothing after it is closed', async () => {
    const closing = await open()
    const { listener, arrived } = inbox()
    await closing.here.subscribe(6, listener)
    await closing.here.close()
    await closing.there.publish(6, message(1)).catch(() => {})
    await settled()
    expect(arrived).toEqual([])
    await closing.close()
  })
})

describe('a bus over Redis', () => {
  /** A bus behind a proxy that can delay its connections, and another one that publishes. */
  async function overWire() {
    const wire = await openWire(redis.url)
    const [own, publisher] = await Promise.all([openRedis(wire.url), openRedis(redis.url)])
    const [here, there] = await Promise.all([redisBus(own, log), redisBus(publisher, log)])
    return {
      wire,
      here,
      there,
      async close() {
        for (const bus of [here, there]) await bus.close()
        for (const client of [own, publisher]) client.destroy()
        wire.close()
      },
    }
  }

  test('emits a gap once the subscriptions are restored, and not before', async () => {
    const { wire, here, there, close } = await overWire()
    const { listener, next } = inbox()
    await here.subscribe(1, listener)
    let gaps = 0
    const gap = new Promise<void>((resolve) =>
      here.onGap(() => {
        gaps++
        resolve()
      }),
    )
    const subscribing = wire.holdBack('subscribe')
    wire.cut()
    await subscribing
    expect(gaps).toBe(0)
    wire.letGo()
    await gap
    await there.publish(1, message(1))
    expect(seqOf(await next())).toBe(1)
    expect(gaps).toBe(1)
    await close()
  })

  test('delivers to a listener added while another subscribes and leaves at once', async () => {
    const { wire, here, there, close } = await overWire()
    const [hasty, fresh] = [inbox(), inbox()]
    const answered = wire.holdReplies()
    const leaving = here.subscribe(1, hasty.listener).then((leave) => leave())
    await answered
    const staying = here.subscribe(1, fresh.listener)
    wire.letGo()
    await Promise.all([leaving, staying])
    await there.publish(1, message(1))
    expect(seqOf(await fresh.next())).toBe(1)
    expect(hasty.arrived).toEqual([])
    await close()
  })

  test('rejects at once while Redis is down, then emits a gap and works again', async () => {
    const { here, there, publisher, close } = await twoProcesses()
    // The other process may publish `events-lost`.
    const [stayed, late] = [inbox({ except: 'events-lost' }), inbox()]
    await here.subscribe(1, stayed.listener)
    const gaps: string[] = []
    const gap = new Promise<void>((resolve) => {
      here.onGap(() => gaps.push('one'))
      here.onGap(() => {
        gaps.push('two')
        resolve()
      })
    })
    const noticed = new Promise((resolve) => publisher.masters[0]!.client.once('reconnecting', resolve))
    await redis.kill()
    await noticed
    const attempts = [there.publish(1, message(1)), there.publish(1, message(2)), there.ping()]
    const failures = Promise.allSettled(attempts)
    // They must reject within one turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve))
    expect(attempts.map((attempt) => Bun.peek.status(attempt))).toEqual(['rejected', 'rejected', 'rejected'])
    await failures
    expect(gaps).toEqual([])
    const subscribing = here.subscribe(2, late.listener)

    const back = [
      new Promise((resolve) => publisher.masters[0]!.client.once('ready', resolve)),
      new Promise<void>((resolve) => there.onGap(resolve)),
    ]
    await redis.restart()
    await Promise.all([gap, ...back, subscribing])
    expect(gaps).toEqual(['one', 'two'])
    await there.publish(1, message(3))
    await there.publish(2, message(4))
    expect([seqOf(await stayed.next()), seqOf(await late.next())]).toEqual([3, 4])
    expect([stayed.arrived, late.arrived]).toEqual([[], []])
    await there.ping()
    await close()
  }, 180_000)

  test('publishes `events-lost` for messages lost while only the publisher was disconnected', async () => {
    const { here, there, publisher, close } = await twoProcesses()
    const [one, two] = [inbox(), inbox()]
    await Promise.all([here.subscribe(1, one.listener), here.subscribe(2, two.listener)])
    const away = new Promise((resolve) => publisher.masters[0]!.client.once('reconnecting', resolve))
    const id = await publisher.masters[0]!.client.sendCommand(['CLIENT', 'ID'])
    await publisher.masters[0]!.client.sendCommand(['CLIENT', 'KILL', 'ID', `${id}`, 'SKIPME', 'no'])
    await away
    await expect(there.publish(1, message(1))).rejects.toThrow()
    expect(await one.next()).toMatchObject({ event: { type: 'events-lost' } })
    await there.publish(2, message(2))
    expect(seqOf(await two.next())).toBe(2)
    expect([one.arrived, two.arrived]).toEqual([[], []])
    await close()
  })

  test('cannot be opened while Redis is down', async () => {
    await expect(openRedis('redis://127.0.0.1:1')).rejects.toThrow(/ECONNREFUSED|connect/i)
  })
})
