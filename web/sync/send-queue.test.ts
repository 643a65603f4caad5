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

/** Ada's send queue; `network.post` may be replaced at any time. */
function setup(
  options: {
    store?: ReturnType<typeof memoryOutbox>
    server?: FakeServer
    clock?: FakeClock
    exclusively?: SendQueue['env']['exclusively']
  } = {},
) {
  const { server = new FakeServer(), store = memoryOutbox(), clock = new FakeClock() } = options
  const stored: string[] = []
  const posted: string[] = []
  const closed: string[] = []
  const deliver: Post = async (to, message) => server.post('ada', to, message)
  const network = { post: deliver }
  const queue = new SendQueue({
    post: (to, message) => {
      posted.push(message.body)
      return network.post(to, message)
    },
    store,
    clock,
    random: () => 1,
    uuid: () => crypto.randomUUID(),
    reason: ({ status }) => `refused ${status}`,
    onClosed: (to) => closed.push(to),
    onStored: (_, message) => stored.push(message.body),
    onChange() {},
    ...(options.exclusively && { exclusively: options.exclusively }),
  })
  const bodies = () => server.messages.map(({ body }) => body)
  const states = (to = 'bob') => queue.outgoing(to).map(({ body, state }) => `${body}: ${state}`)
  return { queue, server, store, clock, network, deliver, stored, posted, closed, bodies, states }
}

const fail: Post = () => Promise.reject(new NetworkError('cut'))
const refuse =
  (status: number, retryAfter = 0): Post =>
  () =>
    Promise.reject(new ApiError(status, {}, retryAfter))

describe('A sent message', () => {
  test('is shown at once and kept until the server has stored it', async () => {
    const { queue, store, states, bodies, stored } = setup()
    queue.send('bob', 'hello')
    expect(states()).toEqual(['hello: sending'])
    expect(store.kept.size).toBe(1)
    await settled()
    expect(bodies()).toEqual(['hello'])
    expect(stored).toEqual(['hello'])
    expect(states()).toEqual([])
    expect(store.kept.size).toBe(0)
  })

  test('waits for the one before it, so that the order typed is kept', async () => {
    const { queue, network, deliver, posted, bodies } = setup()
    const first = pending<void>()
    network.post = (to, message) => first.promise.then(() => deliver(to, message))
    for (const body of ['one', 'two', 'three']) queue.send('bob', body)
    await settled()
    expect(posted).toEqual(['one'])
    first.resolve()
    await settled()
    expect(bodies()).toEqual(['one', 'two', 'three'])
  })

  test('to one person does not wait for messages to another', async () => {
    const { queue, network, deliver, bodies } = setup()
    network.post = (to, message) => (to === 'bob' ? fail(to, message) : deliver(to, message))
    queue.send('bob', 'stuck')
    queue.send('eve', 'quick')
    await settled()
    expect(bodies()).toEqual(['quick'])
  })

  test('waits while there is no network, in the order typed', async () => {
    const { queue, clock, network, deliver, bodies, states } = setup()
    network.post = fail
    queue.send('bob', 'one')
    await clock.pass(500)
    queue.send('bob', 'two')
    await clock.pass(60_000)
    expect(states()).toEqual(['one: sending', 'two: sending'])
    network.post = deliver
    await clock.pass(30_000)
    expect(bodies()).toEqual(['one', 'two'])
  })

  test('is stored once when only the response was lost', async () => {
    const { queue, clock, network, deliver, bodies, states } = setup()
    network.post = async (to, message) => {
      await deliver(to, message)
      network.post = deliver
      throw new NetworkError('the response was lost')
    }
    queue.send('bob', 'hello')
    queue.send('bob', 'are you there?')
    await clock.pass(1000)
    expect(bodies()).toEqual(['hello', 'are you there?'])
    expect(states()).toEqual([])
  })

  test('is stored once when it was edited elsewhere before the retry', async () => {
    const { queue, clock, network, deliver, server, states, stored } = setup()
    network.post = async (to, message) => {
      await deliver(to, message)
      network.post = deliver
      server.edit(1, 'edited')
      throw new NetworkError('the response was lost')
    }
    queue.send('bob', 'hello')
    await clock.pass(1000)
    expect(stored).toEqual(['edited'])
    expect(server.messages).toMatchObject([{ body: 'edited' }])
    expect(states()).toEqual([])
  })

  test('is kept as failed when its client ID was used for another text', async () => {
    const { queue, clock, server, states, stored } = setup()
    const clientId = queue.send('bob', 'hello')
    server.post('ada', 'bob', { body: 'another text', clientId })
    await clock.pass(1000)
    expect(stored).toEqual([])
    expect(states()).toEqual(['hello: failed'])
  })

  test('is retried at once when the network is back', async () => {
    const { queue, clock, network, deliver, bodies } = setup()
    network.post = fail
    queue.send('bob', 'hello')
    await clock.pass(100_000)
    network.post = deliver
    await queue.resume()
    await settled()
    expect(bodies()).toEqual(['hello'])
  })

  test('is retried at once when the network came back during an attempt that then failed', async () => {
    const { queue, clock, network, deliver, bodies } = setup()
    const hanging = pending<MessageView>()
    network.post = () => hanging.promise
    queue.send('bob', 'hello')
    await settled()
    await queue.resume()
    network.post = deliver
    hanging.reject(new NetworkError('timeout'))
    await clock.pass(0)
    expect(bodies()).toEqual(['hello'])
  })

  test.each([401, 408, 425, 429, 500, 503])('is retried automatically after a %i', async (status) => {
    const { queue, clock, network, deliver, bodies, states } = setup()
    network.post = refuse(status)
    queue.send('bob', 'hello')
    await settled()
    expect(states()).toEqual(['hello: sending'])
    network.post = deliver
    await clock.pass(1000)
    expect(bodies()).toEqual(['hello'])
  })

  test.each([
    { after: 'a request was lost', post: fail },
    { after: 'a response with retry-after', post: refuse(429, 5000) },
  ])('is sent soon when the clock is set back after $after', async ({ post }) => {
    let ahead = 3_600_000
    const real = new FakeClock()
    const clock = Object.assign(new FakeClock(), {
      now: () => real.now() + ahead,
      after: (ms: number, run: () => void) => real.after(ms, run),
    })
    const { queue, network, deliver, bodies } = setup({ clock })
    network.post = post
    queue.send('bob', 'hello')
    await settled()
    network.post = deliver
    ahead = 0
    await real.pass(30_000)
    expect(bodies()).toEqual(['hello'])
  })

  test('waits for the whole retry-after, even if a retry is requested', async () => {
    const { queue, clock, network, deliver, posted, bodies } = setup()
    network.post = refuse(429, 90_000)
    queue.send('bob', 'hello')
    await settled()
    network.post = deliver
    queue.send('eve', 'hi')
    await queue.resume()
    await clock.pass(89_999)
    expect(posted).toEqual(['hello'])
    await clock.pass(1)
    expect(bodies().toSorted()).toEqual(['hello', 'hi'])
  })
})

describe('A rejected message', () => {
  test.each([400, 403, 404, 422])(
    'with status %i shows the reason, is kept, and does not block the next one',
    async (status) => {
      const { queue, network, deliver, store, bodies } = setup()
      network.post = (to, message) =>
        message.body === 'bad' ? refuse(status)(to, message) : deliver(to, message)
      queue.send('bob', 'bad')
      queue.send('bob', 'good')
      await settled()
      expect(bodies()).toEqual(['good'])
      expect(queue.outgoing('bob')).toMatchObject([
        { body: 'bad', state: 'failed', reason: `refused ${status}` },
      ])
      expect([...store.kept.values()]).toMatchObject([{ body: 'bad', reason: `refused ${status}` }])
    },
  )

  test('is retried only on request, with the same client ID', async () => {
    const { queue, clock, network, deliver, posted, server, states } = setup()
    network.post = refuse(404)
    const clientId = queue.send('bob', 'hello')
    await clock.pass(100_000)
    await queue.resume()
    await settled()
    expect(posted).toHaveLength(1)
    network.post = deliver
    queue.retry(clientId)
    expect(states()).toEqual(['hello: sending'])
    await settled()
    expect(server.messages).toMatchObject([{ body: 'hello', clientId }])
  })

  test('closes the conversation only if the error code is `undeliverable`', async () => {
    const { queue, network, closed, states } = setup()
    network.post = async (to) => {
      const code = to === 'bob' ? 'undeliverable' : 'body_long'
      throw new ApiError(to === 'bob' ? 403 : 422, { errors: [{ code }] }, 0)
    }
    queue.send('eve', 'hi')
    queue.send('bob', 'hello')
    await settled()
    expect(closed).toEqual(['bob'])
    expect(states()).toEqual(['hello: failed'])
  })

  test('can be discarded, unlike one that is being sent', async () => {
    const { queue, network, store, states } = setup()
    network.post = refuse(404)
    const refused = queue.send('bob', 'refused')
    await settled()
    network.post = fail
    const waiting = queue.send('bob', 'waiting')
    await settled()
    for (const clientId of [refused, waiting, 'unknown']) queue.discard(clientId)
    expect(states()).toEqual(['waiting: sending'])
    expect(store.kept.size).toBe(1)
  })
})

describe('After a reload', () => {
  test('pending messages are sent in order, to all recipients, even if no conversation is open', async () => {
    const before = setup()
    before.network.post = fail
    before.queue.send('bob', 'one')
    before.queue.send('eve', 'hi')
    before.queue.send('bob', 'two')
    await settled()
    const { queue, bodies, store } = setup({ store: before.store })
    await queue.resume()
    await settled()
    expect(bodies().filter((body) => body !== 'hi')).toEqual(['one', 'two'])
    expect(bodies()).toContain('hi')
    expect(store.kept.size).toBe(0)
  })

  test('a message that was stored already is not stored again', async () => {
    const before = setup()
    before.network.post = async (to, message) => {
      await before.deliver(to, message)
      return fail(to, message)
    }
    before.queue.send('bob', 'hello')
    await settled()
    const { queue, bodies, states } = setup({ store: before.store, server: before.server })
    await queue.resume()
    await settled()
    expect(bodies()).toEqual(['hello'])
    expect(states()).toEqual([])
  })

  test('a rejected message is still there to retry or discard', async () => {
    const before = setup()
    before.network.post = refuse(404)
    before.queue.send('bob', 'hello')
    await settled()
    const { queue, posted, states } = setup({ store: before.store })
    await queue.resume()
    await settled()
    expect(states()).toEqual(['hello: failed'])
    expect(posted).toEqual([])
  })
})

describe('Two tabs', () => {
  test('may send the same message, which is stored once', async () => {
    const one = setup()
    const two = setup({ store: one.store, server: one.server })
    one.network.post = fail
    one.queue.send('bob', 'a')
    one.queue.send('bob', 'b')
    await settled()
    one.network.post = one.deliver
    await Promise.all([one.queue.resume(), two.queue.resume()])
    await settled()
    expect(one.bodies()).toEqual(['a', 'b'])
    expect(one.states()).toEqual([])
    expect(two.states()).toEqual([])
  })

  test('drop messages that the other tab has settled', async () => {
    const one = setup()
    one.network.post = refuse(404)
    const clientId = one.queue.send('bob', 'hello')
    await settled()
    const two = setup({ store: one.store, server: one.server })
    await two.queue.resume()
    expect(two.states()).toEqual(['hello: failed'])
    one.queue.discard(clientId)
    await two.queue.resume()
    expect(two.states()).toEqual([])
  })

  test('keep the order in which messages were typed in both', async () => {
    const one = setup()
    one.network.post = fail
    one.queue.send('bob', 'first, here')
    await one.clock.pass(10)
    const two = setup({ store: one.store, server: one.server, clock: one.clock })
    two.queue.send('bob', 'second, there')
    await settled()
    expect(two.bodies()).toEqual(['first, here', 'second, there'])
    await one.queue.resume()
    expect(one.states()).toEqual([])
    expect(one.posted).toEqual(['first, here'])
  })

  test('send messages in the order typed, even if the storage had no room at first', async () => {
    const one = setup()
    const two = setup({ store: one.store, server: one.server, clock: one.clock })
    const { put } = one.store
    one.network.post = fail
    one.store.put = async () => false
    one.queue.send('bob', 'a')
    await settled()
    one.store.put = put
    one.queue.send('bob', 'b')
    await settled()
    await two.queue.resume()
    await settled()
    expect(two.bodies()).toEqual(['a', 'b'])
  })

  test('do not send a message before an earlier one that the storage had no room for', async () => {
    const one = setup()
    const two = setup({ store: one.store, server: one.server, clock: one.clock })
    const { put } = one.store
    one.network.post = fail
    one.store.put = async (message) => message.body !== 'long' && put(message)
    one.queue.send('bob', 'long')
    await settled()
    one.queue.send('bob', 'short')
    await settled()
    await two.queue.resume()
    await settled()
    expect(two.bodies()).toEqual([])
  })

  /** Two tabs of one browser with locks. */
  function locked() {
    const clock = new FakeClock()
    const browser = new FakeBrowser(clock)
    const locked = () => withTabLock(browser.open().locks, 'outbox:ada', clock)
    const one = setup({ clock, exclusively: locked() })
    const two = setup({ clock, exclusively: locked(), store: one.store, server: one.server })
    return { browser, one, two }
  }

  test('of a browser with locks send each message once', async () => {
    const { one, two } = locked()
    one.network.post = fail
    for (const body of ['a', 'b', 'c']) one.queue.send('bob', body)
    await settled()
    one.network.post = one.deliver
    one.posted.length = 0
    await Promise.all([one.queue.resume(), two.queue.resume()])
    await settled()
    expect(one.bodies()).toEqual(['a', 'b', 'c'])
    expect([...one.posted, ...two.posted].toSorted()).toEqual(['a', 'b', 'c'])
    expect([one.states(), two.states()]).toEqual([[], []])
  })

  test('lose no message that is typed before the lock is released', async () => {
    const released = pending<void>()
    const { queue, network, deliver, clock, bodies } = setup({
      exclusively: (_, task) => task().then(() => released.promise),
    })
    queue.send('bob', 'a')
    await settled()
    network.post = fail
    queue.send('eve', 'x')
    await settled()
    network.post = deliver
    queue.send('bob', 'b')
    await clock.pass(1000)
    expect(bodies()).toEqual(['a'])
    released.resolve()
    await clock.pass(1000)
    expect(bodies().toSorted()).toEqual(['a', 'b', 'x'])
  })

  test('do not wait for each other between attempts: one sends what the other could not', async () => {
    const { one, two } = locked()
    one.network.post = fail
    one.queue.send('bob', 'a')
    await settled()
    await two.queue.resume()
    await settled()
    expect(two.bodies()).toEqual(['a'])
    expect(two.store.kept.size).toBe(0)
  })

  test('continue when one of them crashes during an attempt', async () => {
    const { browser, one, two } = locked()
    one.network.post = () => new Promise(() => {})
    one.queue.send('bob', 'a')
    await settled()
    await two.queue.resume()
    await settled()
    expect(two.bodies()).toEqual([])
    ;[...browser.tabs][0]?.crash()
    await settled()
    expect(two.bodies()).toEqual(['a'])
  })

  test('do not send a message again that appears in the conversation', async () => {
    const { queue, network, clock, posted, store } = setup()
    network.post = fail
    const clientId = queue.send('bob', 'hello')
    await settled()
    queue.confirm(new Set([clientId]))
    await clock.pass(100_000)
    expect(posted).toHaveLength(1)
    expect(store.kept.size).toBe(0)
  })
})

describe('Denied storage', () => {
  test('does not prevent sends', async () => {
    const store = memoryOutbox()
    const denied = () => Promise.reject(new Error('denied'))
    Object.assign(store, { all: denied, put: denied, remove: denied })
    const { queue, bodies, states } = setup({ store })
    await queue.resume()
    queue.send('bob', 'hello')
    await settled()
    await queue.resume()
    expect(bodies()).toEqual(['hello'])
    expect(states()).toEqual([])
  })

  test('does not cause a second send if a removal fails', async () => {
    const store = memoryOutbox()
    store.remove = () => Promise.reject(new Error('denied'))
    const { queue, posted, states } = setup({ store })
    queue.send('bob', 'hello')
    await settled()
    await queue.resume()
    await settled()
    expect(posted).toEqual(['hello'])
    expect(states()).toEqual([])
  })

  test('does not make a pending message look settled by another tab', async () => {
    const store = memoryOutbox()
    store.put = async () => false
    const { queue, network, states } = setup({ store })
    network.post = fail
    queue.send('bob', 'hello')
    await settled()
    await queue.resume()
    expect(states()).toEqual(['hello: sending'])
  })
})
