import { beforeEach, describe, expect, test } from 'bun:test'
import { type Listener, memoryBus } from './bus/bus.ts'
import { CLOSE, type Connection, Hub, MAX_CONNECTIONS_PER_USER } from './hub.ts'

const silent = { debug() {}, warn() {} }

describe('the hub', () => {
  let bus: ReturnType<typeof spy>
  let hub: Hub
  let ended: Set<number>

  beforeEach(() => {
    ended = new Set()
    bus = spy()
    hub = new Hub(bus, silent, async (sessions) => new Set(sessions.filter(({ id }) => !ended.has(id))))
  })

  let connections = 0

  /** A live connection that records its events. */
  function connect(user: number, session = user, expiresAt = new Date()) {
    const got: string[] = []
    const connection: Connection & { got: string[] } = {
      got,
      id: `${++connections}`,
      transport: 'sse',
      session: { id: session, user, expiresAt },
      send: (type) => void got.push(type),
      close: (code) => void got.push(`closed ${code}`),
    }
    return connection
  }
  const join = async (...connections: Connection[]) => {
    await Promise.all(connections.map((connection) => hub.join(connection)))
  }

  test('subscribes once for each user and unsubscribes with the last connection', async () => {
    const [one, two, other] = [connect(1), connect(1), connect(2)]
    await join(one, two, other)
    expect(bus.calls).toEqual(['subscribe 1', 'subscribe 2'])
    hub.leave(one)
    hub.leave(one)
    expect(bus.calls).toHaveLength(2)
    hub.leave(two)
    await turn()
    expect(bus.calls).toEqual(['subscribe 1', 'subscribe 2', 'leave 1'])
    expect(hub.size).toBe(1)
    await join(connect(1))
    expect(bus.calls.at(-1)).toBe('subscribe 1')
  })

  test('sends `ready` first, once the bus is subscribed', async () => {
    const connection = connect(1)
    const joining = hub.join(connection)
    expect(connection.got).toEqual([])
    await joining
    expect(connection.got).toEqual(['ready'])
  })

  test('sends no event before `ready`', async () => {
    const [there, joins] = [connect(1), connect(1)]
    await join(there)
    const joining = hub.join(joins)
    await bus.publish(1, { event: { type: 'read', with: 'ada', seq: 1 }, at: 0 })
    await Promise.all([hub.heartbeat(), joining])
    expect(there.got).toEqual(['ready', 'read', 'heartbeat'])
    expect(joins.got).toEqual(['ready'])
  })

  test('sends nothing to a connection that left before the subscription', async () => {
    const connection = connect(1)
    const joining = hub.join(connection)
    hub.leave(connection)
    await joining
    await turn()
    expect(connection.got).toEqual([])
    expect(bus.calls).toEqual(['subscribe 1', 'leave 1'])
  })

  test('closes a connection whose subscription fails, and accepts the next one', async () => {
    bus.fail = true
    const unlucky = connect(1)
    await hub.join(unlucky)
    expect(unlucky.got).toEqual([`closed ${CLOSE.goingAway}`])
    expect(hub.size).toBe(0)
    bus.fail = false
    const lucky = connect(1)
    await hub.join(lucky)
    expect(lucky.got).toEqual(['ready'])
  })

  test('delivers an event to every connection of its user only', async () => {
    const [one, two, other] = [connect(1), connect(1), connect(2)]
    await join(one, two, other)
    await bus.publish(1, { event: { type: 'read', with: 'bob', seq: 1 }, at: 0 })
    expect([one.got, two.got, other.got]).toEqual([['ready', 'read'], ['ready', 'read'], ['ready']])
  })

  test('continues when a connection leaves during a delivery', async () => {
    const [one, two] = [connect(1), connect(1)]
    one.send = () => hub.leave(one)
    await join(one, two)
    await bus.publish(1, { event: { type: 'read', with: 'bob', seq: 1 }, at: 0 })
    expect(two.got).toEqual(['ready', 'read'])
    expect(hub.size).toBe(1)
  })

  test('sends `ready` again to all connections after a gap', async () => {
    const [one, two] = [connect(1), connect(2)]
    await join(one, two)
    bus.gap()
    await turn()
    expect([one.got, two.got]).toEqual([
      ['ready', 'ready'],
      ['ready', 'ready'],
    ])
  })

  test('closes only the connections of a revoked session', async () => {
    const [here, hereToo, there] = [connect(1, 10), connect(1, 10), connect(1, 11)]
    await join(here, hereToo, there)
    await bus.publish(1, { event: { type: 'session-revoked', session: 10 }, at: 0 })
    expect([here.got, hereToo.got]).toEqual([
      ['ready', `closed ${CLOSE.signedOut}`],
      ['ready', `closed ${CLOSE.signedOut}`],
    ])
    expect(there.got).toEqual(['ready'])
    expect(hub.size).toBe(1)
  })

  test('sends heartbeats, and closes connections whose session has ended', async () => {
    const [valid, over] = [connect(1, 10), connect(1, 11)]
    await join(valid, over)
    ended.add(11)
    await hub.heartbeat()
    expect([valid.got, over.got]).toEqual([
      ['ready', 'heartbeat'],
      ['ready', 'heartbeat', `closed ${CLOSE.signedOut}`],
    ])
    expect(hub.size).toBe(1)
  })

  test('closes connections whose session ended during a gap, without `ready`', async () => {
    const [valid, over] = [connect(1, 10), connect(1, 11)]
    await join(valid, over)
    ended.add(11)
    await hub.recover()
    expect([valid.got, over.got]).toEqual([
      ['ready', 'ready'],
      ['ready', `closed ${CLOSE.signedOut}`],
    ])
  })

  test('rejects a connection whose session ended before the subscription', async () => {
    const late = connect(1, 10)
    ended.add(10)
    await hub.join(late)
    expect(late.got).toEqual([`closed ${CLOSE.signedOut}`])
    expect(hub.size).toBe(0)
  })

  test('closes no connection while sessions cannot be checked', async () => {
    const failing = new Hub(bus, silent, () => Promise.reject(new Error('down')))
    const connection = connect(1)
    await failing.join(connection)
    await failing.heartbeat()
    expect(connection.got).toEqual(['ready', 'heartbeat'])
  })

  test('closes a connection when its token expires, and checks no other session', async () => {
    const checked: number[] = []
    hub = new Hub(bus, silent, async (all) => {
      checked.push(...all.map(({ id }) => id))
      return new Set(all.filter(({ expiresAt }) => expiresAt.getTime() > Date.now()))
    })
    const [soon, later] = [new Date(Date.now() + 100), new Date(Date.now() + 60_000)]
    const [left, lasting] = [connect(1, 1, soon), connect(1, 2, later)]
    const { promise: closed, resolve } = Promise.withResolvers<number>()
    await join(left, lasting, { ...connect(1, 3, soon), close: resolve })
    hub.leave(left)
    expect(await closed).toBe(CLOSE.signedOut)
    expect(hub.size).toBe(1)
    expect(checked.filter((id) => id !== 3)).toEqual([1, 2])
    expect([left.got, lasting.got]).toEqual([['ready'], ['ready']])
  })

  test('admits 20 connections of one user, and another once one has left', async () => {
    const connections = Array.from({ length: MAX_CONNECTIONS_PER_USER }, () => connect(1))
    for (const connection of connections) {
      hub.admit(1)
      await hub.join(connection)
    }
    expect(() => hub.admit(1)).toThrow(expect.objectContaining({ status: 429 }))
    hub.admit(2)
    hub.leave(connections[0]!)
    hub.admit(1)
  })

  test('closes all connections once, and rejects new ones, when it is closed', async () => {
    const [one, two] = [connect(1), connect(2)]
    await join(one, two)
    hub.close()
    hub.close()
    expect([one.got, two.got]).toEqual([
      ['ready', `closed ${CLOSE.goingAway}`],
      ['ready', `closed ${CLOSE.goingAway}`],
    ])
    expect(hub.size).toBe(0)
    expect(() => hub.admit(1)).toThrow(expect.objectContaining({ status: 503 }))
    const late = connect(1)
    await hub.join(late)
    expect(late.got).toEqual([`closed ${CLOSE.goingAway}`])
    expect(hub.size).toBe(0)
  })
})

/** Waits for one turn of the event loop. */
const turn = () => new Promise((resolve) => setImmediate(resolve))

/** A memory bus that records its calls, and can fail or emit a gap. */
function spy() {
  const bus = memoryBus()
  const gaps: (() => void)[] = []
  const spied = {
    ...bus,
    calls: [] as string[],
    fail: false,
    async subscribe(user: number, listener: Listener) {
      if (spied.fail) throw new Error('the bus is down')
      spied.calls.push(`subscribe ${user}`)
      const leave = await bus.subscribe(user, listener)
      return () => {
        spied.calls.push(`leave ${user}`)
        return leave()
      }
    },
    onGap(listener: () => void) {
      gaps.push(listener)
    },
    gap() {
      for (const listener of gaps) listener()
    },
  }
  return spied
}
