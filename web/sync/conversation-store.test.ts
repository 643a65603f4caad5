import { describe, expect, test } from 'bun:test'
import type { ChangesView, MessagePageView } from '../../src/messages/schema.ts'
import { FakeClock, FakeServer, pending, settled } from '../../test/support/page-fakes.ts'
import type { Outgoing } from '../chat/conversation-props.ts'
import { ApiError, NetworkError } from './api.ts'
import { ConversationStore, LAG_DELAYS_MS } from './conversation-store.ts'

/** Ada's conversation with Bob, who has sent `sent` messages; `network` may be replaced at any time. */
function setup(options: { sent?: number; pageSize?: number; outgoing?: Outgoing[] } = {}) {
  const { sent = 0, pageSize, outgoing = [] } = options
  const server = new FakeServer(pageSize)
  const sendAsBob = (times = 1) => {
    for (let n = 0; n < times; n++)
      server.post('bob', 'ada', { body: `bob ${server.version + 1}`, clientId: null })
  }
  sendAsBob(sent)
  const clock = new FakeClock()
  const confirmed: string[] = []
  let reads = 0
  let moves = 0
  const network = {
    changes: async (since: number): Promise<ChangesView> => server.changes(since),
    earlier: async (before: number): Promise<MessagePageView> => server.page(before),
  }
  const store = new ConversationStore({
    me: 'ada',
    person: 'bob',
    start: server.start(),
    changes: (_, since) => {
      reads++
      return network.changes(since)
    },
    earlier: (_, before) => network.earlier(before),
    clock,
    random: () => 1,
    outgoing: () => outgoing,
    onConfirmed: (clientIds) => confirmed.push(...clientIds),
    onChange() {},
    onMoved: () => moves++,
  })
  return {
    store,
    server,
    sendAsBob,
    clock,
    network,
    confirmed,
    reads: () => reads,
    moves: () => moves,
    seqs: () => store.view().messages.map(({ seq }) => seq),
    bodies: () => store.view().messages.map(({ body }) => body),
  }
}

const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, n) => first + n)

describe('A conversation', () => {
  test('shows what the server rendered until something changes', () => {
    const { store, seqs } = setup({ sent: 20 })
    expect(seqs()).toEqual(range(6, 20))
    expect(store.view()).toMatchObject({ previous: 6, version: 20, outbox: [] })
  })

  test('reads the changes when an event has a new version', async () => {
    const { store, sendAsBob, seqs } = setup({ sent: 2 })
    sendAsBob()
    store.onVersionHint(3)
    await settled()
    expect(seqs()).toEqual([1, 2, 3])
  })

  test('shows its first message', async () => {
    const { store, sendAsBob, seqs } = setup()
    sendAsBob()
    store.onVersionHint(1)
    await settled()
    expect(seqs()).toEqual([1])
  })

  test('is not read again for a duplicate or late event', async () => {
    const { store, sendAsBob, reads } = setup({ sent: 2 })
    sendAsBob(3)
    store.onVersionHint(5)
    await settled()
    for (const version of [5, 4, 3, 1]) store.onVersionHint(version)
    await settled()
    expect(reads()).toBe(1)
  })

  test('has no gap when events were lost', async () => {
    const { store, sendAsBob, seqs } = setup({ sent: 2 })
    sendAsBob(5)
    store.onVersionHint(7)
    await settled()
    expect(seqs()).toEqual(range(1, 7))
  })

  test('catches up without any event', async () => {
    const { store, sendAsBob, seqs } = setup({ sent: 2 })
    sendAsBob(2)
    await store.catchUp()
    expect(seqs()).toEqual([1, 2, 3, 4])
  })

  test('reads thousands of changes page by page', async () => {
    const { store, server, sendAsBob, seqs, reads } = setup({ sent: 20 })
    sendAsBob(2000)
    server.edit(30, 'edited')
    server.edit(10, 'edited too')
    await store.catchUp()
    expect(seqs()).toEqual(range(6, 2020))
    expect(reads()).toBe(41)
    expect(store.view().messages).toEqual(server.messages.slice(5))
  })

  test('shows no gap between the pages of a catch-up, even if an edit moved a message after later ones', async () => {
    const { store, server, sendAsBob, seqs, network } = setup({ sent: 2, pageSize: 2 })
    sendAsBob(3)
    server.edit(3, 'edited')
    const second = pending<void>()
    network.changes = async (since) => {
      if (since > 2) await second.promise
      return server.changes(since)
    }
    const done = store.catchUp()
    await settled()
    expect(seqs()).toEqual([1, 2])
    second.resolve()
    await done
    expect(seqs()).toEqual([1, 2, 3, 4, 5])
  })

  test('keeps the objects of unchanged messages', async () => {
    const { store, server } = setup({ sent: 2 })
    const [first] = store.view().messages
    server.edit(2, 'edited')
    await store.catchUp()
    expect(store.view().messages[0]).toBe(first!)
    expect(store.view().messages[1]?.body).toBe('edited')
  })

  test('stops reading when the server returns an empty page with `more`', async () => {
    const { store, server, network, reads } = setup({ sent: 2 })
    network.changes = async (since) => ({ ...server.changes(since), results: [], version: since, more: true })
    await store.catchUp()
    expect(reads()).toBe(1)
  })

  test('reports that the person has deleted their account, and reads no further', async () => {
    const { store, server, sendAsBob, seqs, moves } = setup({ sent: 1, pageSize: 1 })
    sendAsBob(2)
    server.person = 'deleted-301'
    await store.catchUp()
    expect([seqs(), moves()]).toEqual([[1], 1])
  })

  test('ignores messages of another conversation, and reports them', async () => {
    const { store, server, seqs, moves } = setup({ sent: 1 })
    server.post('eve', 'bob', { body: 'not for Ada', clientId: null })
    await store.catchUp()
    expect(seqs()).toEqual([1])
    expect(moves()).toBe(1)
  })
})

describe('When the database node that answers lags behind an event', () => {
  /** The conversation has two messages; the server answers `changes` as of its first `held()` messages. */
  function behind(held: () => number) {
    const context = setup({ sent: 2 })
    const { network, server } = context
    network.changes = async (since) => {
      const version = held()
      if (since > version) throw unknownVersion()
      return {
        ...server.changes(since),
        results: server.changes(since).results.filter((one) => one.version <= version),
        version,
        more: false,
      }
    }
    return context
  }
  const unknownVersion = () => new ApiError(422, { errors: [{ code: 'unknown_version' }] }, 0)

  test('it reads again after 50 ms, then ever less often, until the version is there', async () => {
    let held = 2
    const { store, sendAsBob, clock, reads, seqs } = behind(() => held)
    sendAsBob()
    store.onVersionHint(3)
    await settled()
    expect(reads()).toBe(1)
    for (const [place, delay] of [50, 100, 200, 400].entries()) {
      await clock.pass(delay - 1)
      expect(reads()).toBe(1 + place)
      await clock.pass(1)
      expect(reads()).toBe(2 + place)
    }
    expect(seqs()).toEqual([1, 2])
    held = 3
    await clock.pass(800)
    expect(seqs()).toEqual([1, 2, 3])
    await clock.pass(60_000)
    expect(reads()).toBe(6)
  })

  test('it reads again when only a part of the versions is there', async () => {
    let held = 3
    const { store, sendAsBob, clock, seqs } = behind(() => held)
    sendAsBob(2)
    store.onVersionHint(4)
    await settled()
    expect(seqs()).toEqual([1, 2, 3])
    held = 4
    await clock.pass(50)
    expect(seqs()).toEqual([1, 2, 3, 4])
  })

  test('it starts again at 50 ms with each later event', async () => {
    let held = 2
    const { store, sendAsBob, clock, seqs } = behind(() => held)
    sendAsBob(2)
    store.onVersionHint(3)
    await clock.pass(350)
    store.onVersionHint(4)
    await settled()
    held = 4
    await clock.pass(50)
    expect(seqs()).toEqual([1, 2, 3, 4])
  })

  test('it reads again when the response to a send has a later version', async () => {
    let held = 2
    const { store, server, sendAsBob, clock, seqs } = behind(() => held)
    sendAsBob()
    store.onStored(server.post('ada', 'bob', { body: 'mine', clientId: 'c1' }))
    await settled()
    expect(seqs()).toEqual([1, 2])
    held = 4
    await clock.pass(50)
    expect(seqs()).toEqual([1, 2, 3, 4])
  })

  test('it reads again when the server does not know its version yet', async () => {
    let held = 1
    const { store, sendAsBob, clock, seqs, reads } = behind(() => held)
    await store.catchUp()
    expect(reads()).toBe(1)
    sendAsBob()
    held = 3
    await clock.pass(50)
    expect(seqs()).toEqual([1, 2, 3])
  })

  test('it stops after a minute, and reads again at the next catch-up', async () => {
    const { store, sendAsBob, clock, reads } = behind(() => 2)
    sendAsBob()
    store.onVersionHint(3)
    await clock.pass(120_000)
    const upToNow = reads()
    expect(upToNow).toBe(1 + LAG_DELAYS_MS.length)
    await store.catchUp()
    expect(reads()).toBe(upToNow + 1)
  })

  test('a closed conversation stops reading', async () => {
    const { store, sendAsBob, clock, reads } = behind(() => 2)
    sendAsBob()
    store.onVersionHint(3)
    await settled()
    store.close()
    await clock.pass(60_000)
    expect(reads()).toBe(1)
  })
})

describe('While a catch-up is under way', () => {
  function hold({ network, server }: ReturnType<typeof setup>) {
    const answer = pending<void>()
    network.changes = async (since) => {
      const changes = server.changes(since)
      await answer.promise
      return changes
    }
    return answer
  }

  test('events are merged into one more read', async () => {
    const context = setup({ sent: 1 })
    const { store, sendAsBob, seqs, reads } = context
    const answer = hold(context)
    store.catchUp()
    sendAsBob(5)
    for (const version of [2, 3, 6, 5, 4]) store.onVersionHint(version)
    answer.resolve()
    await settled()
    expect(reads()).toBe(2)
    expect(seqs()).toEqual(range(1, 6))
  })

  test('an event that its response includes starts no read', async () => {
    const context = setup({ sent: 1 })
    const { store, sendAsBob, seqs, reads } = context
    sendAsBob(2)
    const answer = hold(context)
    store.catchUp()
    store.onVersionHint(3)
    answer.resolve()
    await settled()
    expect(reads()).toBe(1)
    expect(seqs()).toEqual([1, 2, 3])
  })

  test('another call starts one more read, and both settle with that', async () => {
    const context = setup({ sent: 1 })
    const { store, sendAsBob, seqs, reads } = context
    const answer = hold(context)
    const first = store.catchUp()
    sendAsBob()
    const second = store.catchUp()
    answer.resolve()
    await Promise.all([first, second])
    expect(reads()).toBe(2)
    expect(seqs()).toEqual([1, 2])
  })

  test('closing the store discards the response', async () => {
    const context = setup({ sent: 1 })
    const { store, sendAsBob, seqs } = context
    sendAsBob()
    const answer = hold(context)
    const done = store.catchUp()
    store.close()
    answer.resolve()
    await done
    expect(seqs()).toEqual([1])
  })
})

describe('A catch-up that fails', () => {
  test('is retried with back-off until it succeeds', async () => {
    const { store, sendAsBob, server, clock, network, seqs, reads } = setup({ sent: 1 })
    sendAsBob()
    network.changes = () => Promise.reject(new NetworkError('cut'))
    await store.catchUp()
    await clock.pass(1000)
    await clock.pass(2000)
    expect(reads()).toBe(3)
    network.changes = async (since) => server.changes(since)
    await clock.pass(4000)
    expect(seqs()).toEqual([1, 2])
    await clock.pass(100_000)
    expect(reads()).toBe(4)
  })

  test('is retried at once when another was requested meanwhile', async () => {
    const { store, sendAsBob, server, clock, network, seqs } = setup({ sent: 1 })
    sendAsBob()
    const hanging = pending<ChangesView>()
    network.changes = () => hanging.promise
    store.catchUp()
    store.catchUp()
    network.changes = async (since) => server.changes(since)
    hanging.reject(new NetworkError('timeout'))
    await clock.pass(0)
    expect(seqs()).toEqual([1, 2])
  })

  test('is not retried when the server rejects it', async () => {
    const { store, clock, network, reads } = setup({ sent: 1 })
    network.changes = () => Promise.reject(new ApiError(404, {}, 0))
    await store.catchUp()
    await clock.pass(100_000)
    expect(reads()).toBe(1)
  })
})

describe('Earlier messages', () => {
  test('load page by page up to the first', async () => {
    const { store, seqs } = setup({ sent: 40 })
    await store.loadEarlier()
    expect(seqs()).toEqual(range(11, 40))
    expect(store.view().previous).toBe(11)
    await store.loadEarlier()
    await store.loadEarlier()
    expect(seqs()).toEqual(range(1, 40))
    expect(store.view().previous).toBeNull()
  })

  test('are requested once at a time', async () => {
    const { store, seqs } = setup({ sent: 40 })
    await Promise.all([store.loadEarlier(), store.loadEarlier()])
    expect(seqs()).toEqual(range(11, 40))
  })

  test('are skipped by a catch-up while not loaded, and load in their newest state', async () => {
    const { store, server, seqs, bodies } = setup({ sent: 20 })
    server.edit(3, 'edited')
    await store.catchUp()
    expect(seqs()).toEqual(range(6, 20))
    await store.loadEarlier()
    expect(bodies()[2]).toBe('edited')
  })

  test('are shown in their newest state if they change while their page is loading', async () => {
    const { store, server, network, bodies } = setup({ sent: 20 })
    const slow = pending<void>()
    network.earlier = async (before) => {
      const page = server.page(before)
      await slow.promise
      return page
    }
    const loading = store.loadEarlier()
    server.edit(3, 'edited')
    await store.catchUp()
    slow.resolve()
    await loading
    expect(bodies()[2]).toBe('edited')
  })

  test('can be requested again after a failure', async () => {
    const { store, server, network, seqs } = setup({ sent: 20 })
    network.earlier = () => Promise.reject(new NetworkError('cut'))
    await expect(store.loadEarlier()).rejects.toThrow('cut')
    network.earlier = async (before) => server.page(before)
    await store.loadEarlier()
    expect(seqs()).toEqual(range(1, 20))
  })
})

describe('A message of mine', () => {
  const mine = (clientId: string): Outgoing => ({ clientId, body: clientId, createdAt: '', state: 'sending' })

  test('is confirmed in place by the response to its send, without a read', async () => {
    const { store, server, confirmed, reads } = setup({ sent: 1, outgoing: [mine('a')] })
    expect(store.view().outbox).toMatchObject([{ clientId: 'a' }])
    store.onStored(server.post('ada', 'bob', { body: 'a', clientId: 'a' }))
    expect(store.view()).toMatchObject({ messages: [{ seq: 1 }, { clientId: 'a' }], outbox: [], version: 2 })
    expect(confirmed).toEqual(['a'])
    expect(reads()).toBe(0)
  })

  test('is not read when its event arrives before the response to its send', async () => {
    const { store, server, clock, reads, seqs } = setup({ sent: 1, outgoing: [mine('a')] })
    const message = server.post('ada', 'bob', { body: 'mine', clientId: 'a' })
    store.onVersionHint(2)
    await clock.pass(50)
    store.onStored(message)
    await clock.pass(1000)
    expect(seqs()).toEqual([1, 2])
    expect(reads()).toBe(0)
  })

  test('that is being sent delays a message of the other person by at most 100 ms', async () => {
    const { store, clock, sendAsBob, seqs } = setup({ sent: 1, outgoing: [mine('a')] })
    sendAsBob()
    store.onVersionHint(2)
    await clock.pass(100)
    expect(seqs()).toEqual([1, 2])
  })

  test('that is being sent does not delay messages before it', async () => {
    const { store, sendAsBob, seqs } = setup({ sent: 1, outgoing: [mine('a')] })
    sendAsBob()
    store.onVersionHint(2)
    sendAsBob(2)
    store.onVersionHint(4)
    await settled()
    expect(seqs()).toEqual([1, 2, 3, 4])
  })

  test('delays nothing once its response has arrived', async () => {
    const outgoing = [mine('a')]
    const { store, server, sendAsBob, seqs } = setup({ sent: 1, outgoing })
    const message = server.post('ada', 'bob', { body: 'mine', clientId: 'a' })
    store.onVersionHint(2)
    outgoing.pop()
    store.onStored(message)
    sendAsBob()
    store.onVersionHint(3)
    await settled()
    expect(seqs()).toEqual([1, 2, 3])
  })

  test('is shown as being sent while messages before it are missing', async () => {
    const { store, server, sendAsBob, seqs } = setup({ sent: 1 })
    sendAsBob()
    store.onStored(server.post('ada', 'bob', { body: 'a', clientId: 'a' }))
    expect(seqs()).toEqual([1])
    expect(store.view().outbox).toMatchObject([{ clientId: 'a', state: 'sending' }])
    await settled()
    expect(seqs()).toEqual([1, 2, 3])
    expect(store.view().outbox).toEqual([])
  })

  test('is confirmed by a catch-up when the response was lost', async () => {
    const { store, server, confirmed } = setup({ sent: 1, outgoing: [mine('a')] })
    server.post('ada', 'bob', { body: 'a', clientId: 'a' })
    await store.catchUp()
    expect(confirmed).toEqual(['a'])
    expect(store.view().outbox).toEqual([])
  })

  test('older than the window does not reappear with the response to its send', async () => {
    const { store, server, sendAsBob, reads } = setup()
    const early = server.post('ada', 'bob', { body: 'a', clientId: 'a' })
    sendAsBob(30)
    await store.catchUp()
    const before = store.view().messages
    store.onStored(early)
    expect(store.view().messages).toBe(before)
    expect(reads()).toBe(1)
  })

  test('is not confirmed by a message of the other person with the same client ID', async () => {
    const { store, server, confirmed } = setup({ sent: 1, outgoing: [mine('a')] })
    server.post('bob', 'ada', { body: 'b', clientId: 'a' })
    await store.catchUp()
    expect(confirmed).toEqual([])
    expect(store.view().outbox).toMatchObject([{ clientId: 'a' }])
  })
})

describe('The window of a conversation', () => {
  test('keeps the newest 300 messages while the user is at the end', async () => {
    const { store, sendAsBob, seqs } = setup({ pageSize: 50 })
    store.setAtEnd(true)
    let longest = 0
    for (let n = 0; n < 40; n++) {
      sendAsBob(50)
      await store.catchUp()
      longest = Math.max(longest, seqs().length)
    }
    expect(longest).toBeLessThanOrEqual(360)
    expect(seqs()).toEqual(range(seqs()[0]!, 2000))
    expect(store.view().previous).toBe(seqs()[0]!)
  })

  test('is not trimmed while the user has scrolled back, but when the user returns', async () => {
    const { store, sendAsBob, seqs } = setup()
    sendAsBob(500)
    await store.catchUp()
    expect(seqs()).toEqual(range(1, 500))
    store.setAtEnd(true)
    expect(seqs()).toEqual(range(201, 500))
    expect(store.view().previous).toBe(201)
  })

  test('loads dropped messages again, in their newest state', async () => {
    const { store, server, sendAsBob, seqs, bodies } = setup()
    sendAsBob(500)
    await store.catchUp()
    store.setAtEnd(true)
    server.edit(200, 'edited')
    await store.catchUp()
    store.setAtEnd(false)
    while (store.view().previous !== null) await store.loadEarlier()
    expect(seqs()).toEqual(range(1, 500))
    expect(bodies()[199]).toBe('edited')
  })

  test('is trimmed only after a pending earlier page has loaded, so that there is no gap', async () => {
    const { store, server, network, sendAsBob, seqs } = setup({ sent: 20 })
    sendAsBob(400)
    await store.catchUp()
    const page = pending<MessagePageView>()
    network.earlier = () => page.promise
    const loaded = store.loadEarlier()
    store.setAtEnd(true)
    expect(seqs()[0]).toBe(6)
    page.resolve(server.page(6))
    await loaded
    expect(seqs()).toEqual(range(121, 420))
    expect(store.view().previous).toBe(121)
  })
})
