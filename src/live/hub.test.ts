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

  /** A live connection that records what it gets. */
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

  test('hears the bus once for each user, however many connections they have, and leaves with the last', async () => {
    const [one, two, other] = [connect(1), connect(1), connect(2)]
    await join(one, two, other)
    expect(bus.asked).toEqual(['subscribe 1', 'subscribe 2'])
    hub.leave(one)
    hub.leave(one)
    expect(bus.asked).toHaveLength(2)
    hub.leave(two)
    await turn()
    expect(bus.asked).toEqual(['subscribe 1', 'subscribe 2', 'leave 1'])
    expect(hub.size).toBe(1)
    await join(connect(1))
    expect(bus.asked.at(-1)).toBe('subscribe 1')
  })

  test('says ready first, and only once the bus is heard', async () => {
    const connection = connect(1)
    const joining = hub.join(connection)
    expect(connection.got).toEqual([])
    await joining
    expect(connection.got).toEqual(['ready'])
  })

  test('says nothing before it: what happens meanwhile is caught up with', async () => {
    const [there, joins] = [connect(1), connect(1)]
    await join(there)
    const joining = hub.join(joins)
    await bus.publish(1, { event: { type: 'read', with: 'ada', seq: 1 }, at: 0 })
    await Promise.all([hub.heartbeat(), joining])
    expect(there.got).toEqual(['ready', 'read', 'heartbeat'])
    expect(joins.got).toEqual(['ready'])
  })

  test('says nothing to who went away before the bus was heard', async () => {
    const connection = connect(1)
    const joining = hub.join(connection)
    hub.leave(connection)
    await joining
    await turn()
    expect(connection.got).toEqual([])
    expect(bus.asked).toEqual(['subscribe 1', 'leave 1'])
  })

  test('sends away who can not be heard, and takes them the next time', async () => {
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

  test('hands an event to each connection of its user, and to no other', async () => {
    const [one, two, other] = [connect(1), connect(1), connect(2)]
    await join(one, two, other)
    await bus.publish(1, { event: { type: 'read', with: 'bob', seq: 1 }, at: 0 })
    expect([one.got, two.got, other.got]).toEqual([['ready', 'read'], ['ready', 'read'], ['ready']])
  })

  test('goes on when a connection leaves in the midst of an event', async () => {
    const [one, two] = [connect(1), connect(1)]
    one.send = () => hub.leave(one)
    await join(one, two)
    await bus.publish(1, { event: { type: 'read', with: 'bob', seq: 1 }, at: 0 })
    expect(two.got).toEqual(['ready', 'read'])
    expect(hub.size).toBe(1)
  })

  test('says ready again to everybody when something may have been missed', async () => {
    const [one, two] = [connect(1), connect(2)]
    await join(one, two)
    bus.gap()
    await turn()
    expect([one.got, two.got]).toEqual([
      ['ready', 'ready'],
      ['ready', 'ready'],
    ])
  })

  test('closes the connections of a session that was signed out, and no others of the same person', async () => {
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

  test('shows everybody that it lives, and closes those whose session is over, at each beat', async () => {
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

  test('tells nobody to catch up whose session ended while the bus was deaf', async () => {
    const [valid, over] = [connect(1, 10), connect(1, 11)]
    await join(valid, over)
    ended.add(11)
    await hub.recover()
    expect([valid.got, over.got]).toEqual([
      ['ready', 'ready'],
      ['ready', `closed ${CLOSE.signedOut}`],
    ])
  })

  test('lets nobody in whose session ended before their channel was heard', async () => {
    const late = connect(1, 10)
    ended.add(10)
    await hub.join(late)
    expect(late.got).toEqual([`closed ${CLOSE.signedOut}`])
    expect(hub.size).toBe(0)
  })

  test('sends nobody out while sessions can not be looked up', async () => {
    const blind = new Hub(bus, silent, () => Promise.reject(new Error('away')))
    const connection = connect(1)
    await blind.join(connection)
    await blind.heartbeat()
    expect(connection.got).toEqual(['ready', 'heartbeat'])
  })

  test('closes a connection when its token ends, without waiting for a beat, and asks about no other', async () => {
    const asked: number[] = []
    hub = new Hub(bus, silent, async (all) => {
      asked.push(...all.map(({ id }) => id))
      return new Set(all.filter(({ expiresAt }) => expiresAt.getTime() > Date.now()))
    })
    const [soon, later] = [new Date(Date.now() + 100), new Date(Date.now() + 60_000)]
    const [left, lasting] = [connect(1, 1, soon), connect(1, 2, later)]
    const { promise: closed, resolve } = Promise.withResolvers<number>()
    await join(left, lasting, { ...connect(1, 3, soon), close: resolve })
    hub.leave(left)
    expect(await closed).toBe(CLOSE.signedOut)
    expect(hub.size).toBe(1)
    expect(asked.filter((id) => id !== 3)).toEqual([1, 2])
    expect([left.got, lasting.got]).toEqual([['ready'], ['ready']])
  })

  test('admits twenty connections of one person, and another when one has left', async () => {
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

  test('closes everybody when it is closed, nobody twice, and takes nobody in any more', async () => {
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

/** What was begun in this turn of the event loop is done. */
const turn = () => new Promise((resolve) => setImmediate(resolve))

/** The bus in memory, with what was asked of it; it can fail, and have a gap. */
function spy() {
  const bus = memoryBus()
  const gaps: (() => void)[] = []
  const spied = {
    ...bus,
    asked: [] as string[],
    fail: false,
    async subscribe(user: number, listener: Listener) {
      if (spied.fail) throw new Error('the bus is away')
      spied.asked.push(`subscribe ${user}`)
      const leave = await bus.subscribe(user, listener)
      return () => {
        spied.asked.push(`leave ${user}`)
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
