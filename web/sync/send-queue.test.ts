import { describe, expect, test } from 'bun:test'
import type { MessageView } from '../../src/messages/schema.ts'
import {
  FakeBrowser,
  FakeClock,
  FakeServer,
  memoryOutbox,
  pending,
  settled,
} from '../../test/support/page-fakes.ts'
import { ApiError, NetworkError } from './api.ts'
import { SendQueue } from './send-queue.ts'
import { withTabLock } from './web-locks.ts'

type Post = (to: string, message: { body: string; clientId: string }) => Promise<MessageView>

/** Ada's outbox; `post` may be exchanged at any time. */
function play(
  options: {
    store?: ReturnType<typeof memoryOutbox>
    server?: FakeServer
    clock?: FakeClock
    exclusively?: SendQueue['env']['exclusively']
  } = {},
) {
  const { server = new FakeServer(), store = memoryOutbox(), clock = new FakeClock() } = options
  const landed: string[] = []
  const seen: string[] = []
  const closed: string[] = []
  const deliver: Post = async (to, message) => server.post('ada', to, message)
  const network = { post: deliver }
  const sender = new SendQueue({
    post: (to, message) => {
      seen.push(message.body)
      return network.post(to, message)
    },
    store,
    clock,
    random: () => 1,
    uuid: () => crypto.randomUUID(),
    reason: ({ status }) => `refused ${status}`,
    onClosed: (to) => closed.push(to),
    onStored: (_, message) => landed.push(message?.body ?? 'changed since'),
    onChange() {},
    ...(options.exclusively && { exclusively: options.exclusively }),
  })
  const bodies = () => server.messages.map(({ body }) => body)
  const states = (to = 'bob') => sender.outgoing(to).map(({ body, state }) => `${body}: ${state}`)
  return { sender, server, store, clock, network, deliver, landed, seen, closed, bodies, states }
}

const fail: Post = () => Promise.reject(new NetworkError('cut'))
const refuse =
  (status: number, retryAfter = 0): Post =>
  () =>
    Promise.reject(new ApiError(status, {}, retryAfter))

describe('What is sent', () => {
  test('is shown at once, kept until the server has it, and then let go', async () => {
    const { sender, store, states, bodies, landed } = play()
    sender.send('bob', 'hello')
    expect(states()).toEqual(['hello: sending'])
    expect(store.kept.size).toBe(1)
    await settled()
    expect(bodies()).toEqual(['hello'])
    expect(landed).toEqual(['hello'])
    expect(states()).toEqual([])
    expect(store.kept.size).toBe(0)
  })

  test('goes out one at a time and in the order typed', async () => {
    const { sender, network, deliver, seen, bodies } = play()
    const first = pending<void>()
    network.post = (to, message) => first.promise.then(() => deliver(to, message))
    for (const body of ['one', 'two', 'three']) sender.send('bob', body)
    await settled()
    expect(seen).toEqual(['one'])
    first.resolve()
    await settled()
    expect(bodies()).toEqual(['one', 'two', 'three'])
  })

  test('to one person does not wait for what is sent to another', async () => {
    const { sender, network, deliver, bodies } = play()
    network.post = (to, message) => (to === 'bob' ? fail(to, message) : deliver(to, message))
    sender.send('bob', 'stuck')
    sender.send('eve', 'quick')
    await settled()
    expect(bodies()).toEqual(['quick'])
  })

  test('waits while there is no network, and keeps its place', async () => {
    const { sender, clock, network, deliver, bodies, states } = play()
    network.post = fail
    sender.send('bob', 'one')
    await clock.pass(500)
    sender.send('bob', 'two')
    await clock.pass(60_000)
    expect(states()).toEqual(['one: sending', 'two: sending'])
    network.post = deliver
    await clock.pass(30_000)
    expect(bodies()).toEqual(['one', 'two'])
  })

  test('lands once when only the answer was lost', async () => {
    const { sender, clock, network, deliver, bodies, states } = play()
    network.post = async (to, message) => {
      await deliver(to, message)
      network.post = deliver
      throw new NetworkError('the answer was lost')
    }
    sender.send('bob', 'hello')
    sender.send('bob', 'are you there?')
    await clock.pass(1000)
    expect(bodies()).toEqual(['hello', 'are you there?'])
    expect(states()).toEqual([])
  })

  test('lands once when it was edited elsewhere before it could be sent again', async () => {
    const { sender, clock, network, deliver, server, states, landed } = play()
    network.post = async (to, message) => {
      await deliver(to, message)
      network.post = deliver
      server.edit(1, 'edited')
      throw new NetworkError('the answer was lost')
    }
    sender.send('bob', 'hello')
    await clock.pass(1000)
    expect(landed).toEqual(['changed since'])
    expect(server.messages).toMatchObject([{ body: 'edited' }])
    expect(states()).toEqual([])
  })

  test('is tried again at once when the network is back', async () => {
    const { sender, clock, network, deliver, bodies } = play()
    network.post = fail
    sender.send('bob', 'hello')
    await clock.pass(100_000)
    network.post = deliver
    await sender.resume()
    await settled()
    expect(bodies()).toEqual(['hello'])
  })

  test('is tried again at once when the network came back during an attempt that then failed', async () => {
    const { sender, clock, network, deliver, bodies } = play()
    const hanging = pending<MessageView>()
    network.post = () => hanging.promise
    sender.send('bob', 'hello')
    await settled()
    await sender.resume()
    network.post = deliver
    hanging.reject(new NetworkError('timeout'))
    await clock.pass(0)
    expect(bodies()).toEqual(['hello'])
  })

  test.each([401, 408, 425, 429, 500, 503])('is tried again by itself after a %i', async (status) => {
    const { sender, clock, network, deliver, bodies, states } = play()
    network.post = refuse(status)
    sender.send('bob', 'hello')
    await settled()
    expect(states()).toEqual(['hello: sending'])
    network.post = deliver
    await clock.pass(1000)
    expect(bodies()).toEqual(['hello'])
  })

  test.each([
    { after: 'a request was lost', post: fail },
    { after: 'the server asked to wait', post: refuse(429, 5000) },
  ])('goes out soon when the clock is set back after $after', async ({ post }) => {
    let ahead = 3_600_000
    const real = new FakeClock()
    const clock = Object.assign(new FakeClock(), {
      now: () => real.now() + ahead,
      after: (ms: number, run: () => void) => real.after(ms, run),
    })
    const { sender, network, deliver, bodies } = play({ clock })
    network.post = post
    sender.send('bob', 'hello')
    await settled()
    network.post = deliver
    ahead = 0
    await real.pass(30_000)
    expect(bodies()).toEqual(['hello'])
  })

  test('waits as long as the server asks, whatever else happens', async () => {
    const { sender, clock, network, deliver, seen, bodies } = play()
    network.post = refuse(429, 90_000)
    sender.send('bob', 'hello')
    await settled()
    network.post = deliver
    sender.send('eve', 'hi')
    await sender.resume()
    await clock.pass(89_999)
    expect(seen).toEqual(['hello'])
    await clock.pass(1)
    expect(bodies().toSorted()).toEqual(['hello', 'hi'])
  })
})

describe('What the server refuses', () => {
  test.each([400, 403, 404, 422])(
    'with %i is marked with the reason, kept, and does not hold back the next',
    async (status) => {
      const { sender, network, deliver, store, bodies } = play()
      network.post = (to, message) =>
        message.body === 'bad' ? refuse(status)(to, message) : deliver(to, message)
      sender.send('bob', 'bad')
      sender.send('bob', 'good')
      await settled()
      expect(bodies()).toEqual(['good'])
      expect(sender.outgoing('bob')).toMatchObject([
        { body: 'bad', state: 'failed', reason: `refused ${status}` },
      ])
      expect([...store.kept.values()]).toMatchObject([{ body: 'bad', reason: `refused ${status}` }])
    },
  )

  test('is not sent again by itself, only by hand, under the same client ID', async () => {
    const { sender, clock, network, deliver, seen, server, states } = play()
    network.post = refuse(404)
    const clientId = sender.send('bob', 'hello')
    await clock.pass(100_000)
    await sender.resume()
    await settled()
    expect(seen).toHaveLength(1)
    network.post = deliver
    sender.retry(clientId)
    expect(states()).toEqual(['hello: sending'])
    await settled()
    expect(server.messages).toMatchObject([{ body: 'hello', clientId }])
  })

  test('is told apart: one person takes nothing any more, another one not this text', async () => {
    const { sender, network, closed, states } = play()
    network.post = async (to) => {
      const code = to === 'bob' ? 'undeliverable' : 'body_long'
      throw new ApiError(to === 'bob' ? 403 : 422, { errors: [{ code }] }, 0)
    }
    sender.send('eve', 'hi')
    sender.send('bob', 'hello')
    await settled()
    expect(closed).toEqual(['bob'])
    expect(states()).toEqual(['hello: failed'])
  })

  test('can be discarded; what is on its way can not', async () => {
    const { sender, network, store, states } = play()
    network.post = refuse(404)
    const refused = sender.send('bob', 'refused')
    await settled()
    network.post = fail
    const waiting = sender.send('bob', 'waiting')
    await settled()
    for (const clientId of [refused, waiting, 'unknown']) sender.discard(clientId)
    expect(states()).toEqual(['waiting: sending'])
    expect(store.kept.size).toBe(1)
  })
})

describe('After a reload', () => {
  test('what waited is sent in order, to everybody, also where no conversation is open', async () => {
    const before = play()
    before.network.post = fail
    before.sender.send('bob', 'one')
    before.sender.send('eve', 'hi')
    before.sender.send('bob', 'two')
    await settled()
    const { sender, bodies, store } = play({ store: before.store })
    await sender.resume()
    await settled()
    expect(bodies().filter((body) => body !== 'hi')).toEqual(['one', 'two'])
    expect(bodies()).toContain('hi')
    expect(store.kept.size).toBe(0)
  })

  test('what had landed does not land again', async () => {
    const before = play()
    before.network.post = async (to, message) => {
      await before.deliver(to, message)
      return fail(to, message)
    }
    before.sender.send('bob', 'hello')
    await settled()
    const { sender, bodies, states } = play({ store: before.store, server: before.server })
    await sender.resume()
    await settled()
    expect(bodies()).toEqual(['hello'])
    expect(states()).toEqual([])
  })

  test('what was refused is still there to decide on', async () => {
    const before = play()
    before.network.post = refuse(404)
    before.sender.send('bob', 'hello')
    await settled()
    const { sender, seen, states } = play({ store: before.store })
    await sender.resume()
    await settled()
    expect(states()).toEqual(['hello: failed'])
    expect(seen).toEqual([])
  })
})

describe('Two tabs', () => {
  test('may send the same message, which lands once', async () => {
    const one = play()
    const two = play({ store: one.store, server: one.server })
    one.network.post = fail
    one.sender.send('bob', 'a')
    one.sender.send('bob', 'b')
    await settled()
    one.network.post = one.deliver
    await Promise.all([one.sender.resume(), two.sender.resume()])
    await settled()
    expect(one.bodies()).toEqual(['a', 'b'])
    expect(one.states()).toEqual([])
    expect(two.states()).toEqual([])
  })

  test('let go of what the other has settled', async () => {
    const one = play()
    one.network.post = refuse(404)
    const clientId = one.sender.send('bob', 'hello')
    await settled()
    const two = play({ store: one.store, server: one.server })
    await two.sender.resume()
    expect(two.states()).toEqual(['hello: failed'])
    one.sender.discard(clientId)
    await two.sender.resume()
    expect(two.states()).toEqual([])
  })

  test('keep the order in which one person typed in both', async () => {
    const one = play()
    one.network.post = fail
    one.sender.send('bob', 'first, here')
    await one.clock.pass(10)
    const two = play({ store: one.store, server: one.server, clock: one.clock })
    two.sender.send('bob', 'second, there')
    await settled()
    expect(two.bodies()).toEqual(['first, here', 'second, there'])
    await one.sender.resume()
    expect(one.states()).toEqual([])
    expect(one.seen).toEqual(['first, here'])
  })

  test('send in the order typed what found no room at first', async () => {
    const one = play()
    const two = play({ store: one.store, server: one.server, clock: one.clock })
    const { put } = one.store
    one.network.post = fail
    one.store.put = async () => false
    one.sender.send('bob', 'a')
    await settled()
    one.store.put = put
    one.sender.send('bob', 'b')
    await settled()
    await two.sender.resume()
    await settled()
    expect(two.bodies()).toEqual(['a', 'b'])
  })

  test('do not send ahead what found room where something longer, typed before, finds none', async () => {
    const one = play()
    const two = play({ store: one.store, server: one.server, clock: one.clock })
    const { put } = one.store
    one.network.post = fail
    one.store.put = async (message) => message.body !== 'long' && put(message)
    one.sender.send('bob', 'long')
    await settled()
    one.sender.send('bob', 'short')
    await settled()
    await two.sender.resume()
    await settled()
    expect(two.bodies()).toEqual([])
  })

  /** Two tabs of one browser with locks. */
  function locked() {
    const clock = new FakeClock()
    const browser = new FakeBrowser(clock)
    const locked = () => withTabLock(browser.open().locks, 'outbox:ada', clock)
    const one = play({ clock, exclusively: locked() })
    const two = play({ clock, exclusively: locked(), store: one.store, server: one.server })
    return { browser, one, two }
  }

  test('of a browser with locks send each message once, whoever is first', async () => {
    const { one, two } = locked()
    one.network.post = fail
    for (const body of ['a', 'b', 'c']) one.sender.send('bob', body)
    await settled()
    one.network.post = one.deliver
    one.seen.length = 0
    await Promise.all([one.sender.resume(), two.sender.resume()])
    await settled()
    expect(one.bodies()).toEqual(['a', 'b', 'c'])
    expect([...one.seen, ...two.seen].toSorted()).toEqual(['a', 'b', 'c'])
    expect([one.states(), two.states()]).toEqual([[], []])
  })

  test('of which the lock comes free late lose nothing of what was typed until then', async () => {
    const released = pending<void>()
    const { sender, network, deliver, clock, bodies } = play({
      exclusively: (_, task) => task().then(() => released.promise),
    })
    sender.send('bob', 'a')
    await settled()
    network.post = fail
    sender.send('eve', 'x')
    await settled()
    network.post = deliver
    sender.send('bob', 'b')
    await clock.pass(1000)
    expect(bodies()).toEqual(['a'])
    released.resolve()
    await clock.pass(1000)
    expect(bodies().toSorted()).toEqual(['a', 'b', 'x'])
  })

  test('do not wait for each other between attempts: what one could not send, the other does', async () => {
    const { one, two } = locked()
    one.network.post = fail
    one.sender.send('bob', 'a')
    await settled()
    await two.sender.resume()
    await settled()
    expect(two.bodies()).toEqual(['a'])
    expect(two.store.kept.size).toBe(0)
  })

  test('go on when one crashes in the midst of an attempt', async () => {
    const { browser, one, two } = locked()
    one.network.post = () => new Promise(() => {})
    one.sender.send('bob', 'a')
    await settled()
    await two.sender.resume()
    await settled()
    expect(two.bodies()).toEqual([])
    ;[...browser.tabs][0]?.crash()
    await settled()
    expect(two.bodies()).toEqual(['a'])
  })

  test('a message that turns up in the conversation is not sent any more', async () => {
    const { sender, network, clock, seen, store } = play()
    network.post = fail
    const clientId = sender.send('bob', 'hello')
    await settled()
    sender.confirm(new Set([clientId]))
    await clock.pass(100_000)
    expect(seen).toHaveLength(1)
    expect(store.kept.size).toBe(0)
  })
})

describe('Storage that is denied', () => {
  test('does not keep anything from being sent', async () => {
    const store = memoryOutbox()
    const denied = () => Promise.reject(new Error('denied'))
    Object.assign(store, { all: denied, put: denied, remove: denied })
    const { sender, bodies, states } = play({ store })
    await sender.resume()
    sender.send('bob', 'hello')
    await settled()
    await sender.resume()
    expect(bodies()).toEqual(['hello'])
    expect(states()).toEqual([])
  })

  test('and keeps what was sent does not have it sent again', async () => {
    const store = memoryOutbox()
    store.remove = () => Promise.reject(new Error('denied'))
    const { sender, seen, states } = play({ store })
    sender.send('bob', 'hello')
    await settled()
    await sender.resume()
    await settled()
    expect(seen).toEqual(['hello'])
    expect(states()).toEqual([])
  })

  test('does not make what waits look as if another tab had settled it', async () => {
    const store = memoryOutbox()
    store.put = async () => false
    const { sender, network, states } = play({ store })
    network.post = fail
    sender.send('bob', 'hello')
    await settled()
    await sender.resume()
    expect(states()).toEqual(['hello: sending'])
  })
})
