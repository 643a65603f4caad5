import { describe, expect, test } from 'bun:test'
import type { ChangesView, MessagePageView } from '../../src/messages/schema.ts'
import { FakeClock, FakeServer, pending, settled } from '../../test/support/page-fakes.ts'
import type { Outgoing } from '../chat/conversation-props.ts'
import { ApiError, NetworkError } from './api.ts'
import { ConversationStore } from './conversation-store.ts'

/** Ada's side of her conversation with Bob, who has said `said` things; `network` may be exchanged at any time. */
function play(options: { said?: number; pageSize?: number; outgoing?: Outgoing[] } = {}) {
  const { said = 0, pageSize, outgoing = [] } = options
  const server = new FakeServer(pageSize)
  const say = (times = 1) => {
    for (let n = 0; n < times; n++)
      server.post('bob', 'ada', { body: `bob ${server.version + 1}`, clientId: null })
  }
  say(said)
  const clock = new FakeClock()
  const confirmed: string[] = []
  let reads = 0
  let strangers = 0
  const network = {
    changes: async (since: number): Promise<ChangesView> => server.changes(since),
    earlier: async (before: number): Promise<MessagePageView> => server.page(before),
  }
  const thread = new ConversationStore({
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
    onAccountChanged: () => strangers++,
  })
  return {
    thread,
    server,
    say,
    clock,
    network,
    confirmed,
    reads: () => reads,
    strangers: () => strangers,
    seqs: () => thread.view().messages.map(({ seq }) => seq),
    bodies: () => thread.view().messages.map(({ body }) => body),
  }
}

const range = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, n) => first + n)

describe('A conversation', () => {
  test('shows what the server rendered until something changes', () => {
    const { thread, seqs } = play({ said: 20 })
    expect(seqs()).toEqual(range(6, 20))
    expect(thread.view()).toMatchObject({ previous: 6, version: 20, outbox: [] })
  })

  test('reads what an event told of', async () => {
    const { thread, say, seqs } = play({ said: 2 })
    say()
    thread.onVersionHint(3)
    await settled()
    expect(seqs()).toEqual([1, 2, 3])
  })

  test('begins with its first message', async () => {
    const { thread, say, seqs } = play()
    say()
    thread.onVersionHint(1)
    await settled()
    expect(seqs()).toEqual([1])
  })

  test('is not read again for an event that came twice or late', async () => {
    const { thread, say, reads } = play({ said: 2 })
    say(3)
    thread.onVersionHint(5)
    await settled()
    for (const version of [5, 4, 3, 1]) thread.onVersionHint(version)
    await settled()
    expect(reads()).toBe(1)
  })

  test('has no gap when events were dropped', async () => {
    const { thread, say, seqs } = play({ said: 2 })
    say(5)
    thread.onVersionHint(7)
    await settled()
    expect(seqs()).toEqual(range(1, 7))
  })

  test('catches up with no event at all', async () => {
    const { thread, say, seqs } = play({ said: 2 })
    say(2)
    await thread.catchUp()
    expect(seqs()).toEqual([1, 2, 3, 4])
  })

  test('takes in thousands of changes page by page', async () => {
    const { thread, server, say, seqs, reads } = play({ said: 20 })
    say(2000)
    server.edit(30, 'edited')
    server.edit(10, 'edited too')
    await thread.catchUp()
    expect(seqs()).toEqual(range(6, 2020))
    expect(reads()).toBe(41)
    expect(thread.view().messages).toEqual(server.messages.slice(5))
  })

  test('shows no gap while the pages of a catch-up come in, though an edit moved a message behind later ones', async () => {
    const { thread, server, say, seqs, network } = play({ said: 2, pageSize: 2 })
    say(3)
    server.edit(3, 'edited')
    const second = pending<void>()
    network.changes = async (since) => {
      if (since > 2) await second.promise
      return server.changes(since)
    }
    const done = thread.catchUp()
    await settled()
    expect(seqs()).toEqual([1, 2])
    second.resolve()
    await done
    expect(seqs()).toEqual([1, 2, 3, 4, 5])
  })

  test('keeps the object of a message that did not change', async () => {
    const { thread, server } = play({ said: 2 })
    const [first] = thread.view().messages
    server.edit(2, 'edited')
    await thread.catchUp()
    expect(thread.view().messages[0]).toBe(first!)
    expect(thread.view().messages[1]?.body).toBe('edited')
  })

  test('does not ask for ever when the server says that there is more and gives nothing', async () => {
    const { thread, network, reads } = play({ said: 2 })
    network.changes = async (since) => ({ results: [], version: since, more: true })
    await thread.catchUp()
    expect(reads()).toBe(1)
  })

  test('takes in nothing of other people, and says so', async () => {
    const { thread, server, seqs, strangers } = play({ said: 1 })
    server.post('eve', 'bob', { body: 'not for Ada', clientId: null })
    await thread.catchUp()
    expect(seqs()).toEqual([1])
    expect(strangers()).toBe(1)
  })
})

describe('While a catch-up is under way', () => {
  function hold({ network, server }: ReturnType<typeof play>) {
    const answer = pending<void>()
    network.changes = async (since) => {
      const changes = server.changes(since)
      await answer.promise
      return changes
    }
    return answer
  }

  test('events ask for just one more read', async () => {
    const game = play({ said: 1 })
    const { thread, say, seqs, reads } = game
    const answer = hold(game)
    thread.catchUp()
    say(5)
    for (const version of [2, 3, 6, 5, 4]) thread.onVersionHint(version)
    answer.resolve()
    await settled()
    expect(reads()).toBe(2)
    expect(seqs()).toEqual(range(1, 6))
  })

  test('an event that its answer includes asks for none', async () => {
    const game = play({ said: 1 })
    const { thread, say, seqs, reads } = game
    say(2)
    const answer = hold(game)
    thread.catchUp()
    thread.onVersionHint(3)
    answer.resolve()
    await settled()
    expect(reads()).toBe(1)
    expect(seqs()).toEqual([1, 2, 3])
  })

  test('another call is one more read, with which both end', async () => {
    const game = play({ said: 1 })
    const { thread, say, seqs, reads } = game
    const answer = hold(game)
    const first = thread.catchUp()
    say()
    const second = thread.catchUp()
    answer.resolve()
    await Promise.all([first, second])
    expect(reads()).toBe(2)
    expect(seqs()).toEqual([1, 2])
  })

  test('a page that is left changes nothing any more', async () => {
    const game = play({ said: 1 })
    const { thread, say, seqs } = game
    say()
    const answer = hold(game)
    const done = thread.catchUp()
    thread.close()
    answer.resolve()
    await done
    expect(seqs()).toEqual([1])
  })
})

describe('A catch-up that fails', () => {
  test('is repeated with back-off until it works', async () => {
    const { thread, say, server, clock, network, seqs, reads } = play({ said: 1 })
    say()
    network.changes = () => Promise.reject(new NetworkError('cut'))
    await thread.catchUp()
    await clock.pass(1000)
    await clock.pass(2000)
    expect(reads()).toBe(3)
    network.changes = async (since) => server.changes(since)
    await clock.pass(4000)
    expect(seqs()).toEqual([1, 2])
    await clock.pass(100_000)
    expect(reads()).toBe(4)
  })

  test('is repeated at once when it was asked for again meanwhile', async () => {
    const { thread, say, server, clock, network, seqs } = play({ said: 1 })
    say()
    const hanging = pending<ChangesView>()
    network.changes = () => hanging.promise
    thread.catchUp()
    thread.catchUp()
    network.changes = async (since) => server.changes(since)
    hanging.reject(new NetworkError('timeout'))
    await clock.pass(0)
    expect(seqs()).toEqual([1, 2])
  })

  test('is not repeated when the server says no', async () => {
    const { thread, clock, network, reads } = play({ said: 1 })
    network.changes = () => Promise.reject(new ApiError(404, {}, 0))
    await thread.catchUp()
    await clock.pass(100_000)
    expect(reads()).toBe(1)
  })
})

describe('Earlier messages', () => {
  test('come page by page up to the first', async () => {
    const { thread, seqs } = play({ said: 40 })
    await thread.loadEarlier()
    expect(seqs()).toEqual(range(11, 40))
    expect(thread.view().previous).toBe(11)
    await thread.loadEarlier()
    await thread.loadEarlier()
    expect(seqs()).toEqual(range(1, 40))
    expect(thread.view().previous).toBeNull()
  })

  test('are asked for once at a time', async () => {
    const { thread, seqs } = play({ said: 40 })
    await Promise.all([thread.loadEarlier(), thread.loadEarlier()])
    expect(seqs()).toEqual(range(11, 40))
  })

  test('are left out of a catch-up when they are not loaded, and come as they are later', async () => {
    const { thread, server, seqs, bodies } = play({ said: 20 })
    server.edit(3, 'edited')
    await thread.catchUp()
    expect(seqs()).toEqual(range(6, 20))
    await thread.loadEarlier()
    expect(bodies()[2]).toBe('edited')
  })

  test('that changed while their page was on its way are shown as they are now', async () => {
    const { thread, server, network, bodies } = play({ said: 20 })
    const slow = pending<void>()
    network.earlier = async (before) => {
      const page = server.page(before)
      await slow.promise
      return page
    }
    const loading = thread.loadEarlier()
    server.edit(3, 'edited')
    await thread.catchUp()
    slow.resolve()
    await loading
    expect(bodies()[2]).toBe('edited')
  })

  test('can be asked for again after a failure', async () => {
    const { thread, server, network, seqs } = play({ said: 20 })
    network.earlier = () => Promise.reject(new NetworkError('cut'))
    expect(thread.loadEarlier()).rejects.toThrow('cut')
    await settled()
    network.earlier = async (before) => server.page(before)
    await thread.loadEarlier()
    expect(seqs()).toEqual(range(1, 20))
  })
})

describe('A message of mine', () => {
  const mine = (clientId: string): Outgoing => ({ clientId, body: clientId, createdAt: '', state: 'sending' })

  test('is confirmed in place by the answer to its sending, with no read', async () => {
    const { thread, server, confirmed, reads } = play({ said: 1, outgoing: [mine('a')] })
    expect(thread.view().outbox).toMatchObject([{ clientId: 'a' }])
    thread.onStored(server.post('ada', 'bob', { body: 'a', clientId: 'a' }))
    expect(thread.view()).toMatchObject({ messages: [{ seq: 1 }, { clientId: 'a' }], outbox: [], version: 2 })
    expect(confirmed).toEqual(['a'])
    expect(reads()).toBe(0)
  })

  test('is still on its way to the eye while messages before it are missing', async () => {
    const { thread, server, say, seqs } = play({ said: 1 })
    say()
    thread.onStored(server.post('ada', 'bob', { body: 'a', clientId: 'a' }))
    expect(seqs()).toEqual([1])
    expect(thread.view().outbox).toMatchObject([{ clientId: 'a', state: 'sending' }])
    await settled()
    expect(seqs()).toEqual([1, 2, 3])
    expect(thread.view().outbox).toEqual([])
  })

  test('is confirmed by a catch-up when the answer was lost', async () => {
    const { thread, server, confirmed } = play({ said: 1, outgoing: [mine('a')] })
    server.post('ada', 'bob', { body: 'a', clientId: 'a' })
    await thread.catchUp()
    expect(confirmed).toEqual(['a'])
    expect(thread.view().outbox).toEqual([])
  })

  test('that landed long ago, below what is loaded, changes nothing when its answer comes', async () => {
    const { thread, server, say, reads } = play()
    const early = server.post('ada', 'bob', { body: 'a', clientId: 'a' })
    say(30)
    await thread.catchUp()
    const before = thread.view().messages
    thread.onStored(early)
    expect(thread.view().messages).toBe(before)
    expect(reads()).toBe(1)
  })

  test("is not taken for another's with the same client ID", async () => {
    const { thread, server, confirmed } = play({ said: 1, outgoing: [mine('a')] })
    server.post('bob', 'ada', { body: 'b', clientId: 'a' })
    await thread.catchUp()
    expect(confirmed).toEqual([])
    expect(thread.view().outbox).toMatchObject([{ clientId: 'a' }])
  })
})

describe('The window of a conversation', () => {
  test('keeps the newest 300 messages while the reader is at the end, whatever arrives', async () => {
    const { thread, say, seqs } = play({ pageSize: 50 })
    thread.setReaderAtEnd(true)
    let longest = 0
    for (let n = 0; n < 40; n++) {
      say(50)
      await thread.catchUp()
      longest = Math.max(longest, seqs().length)
    }
    expect(longest).toBeLessThanOrEqual(360)
    expect(seqs()).toEqual(range(seqs()[0]!, 2000))
    expect(thread.view().previous).toBe(seqs()[0]!)
  })

  test('is not trimmed while the reader is scrolled back, and is when the reader returns', async () => {
    const { thread, say, seqs } = play()
    say(500)
    await thread.catchUp()
    expect(seqs()).toEqual(range(1, 500))
    thread.setReaderAtEnd(true)
    expect(seqs()).toEqual(range(201, 500))
    expect(thread.view().previous).toBe(201)
  })

  test('loads again what was dropped, with what has changed since', async () => {
    const { thread, server, say, seqs, bodies } = play()
    say(500)
    await thread.catchUp()
    thread.setReaderAtEnd(true)
    server.edit(200, 'edited')
    await thread.catchUp()
    thread.setReaderAtEnd(false)
    while (thread.view().previous !== null) await thread.loadEarlier()
    expect(seqs()).toEqual(range(1, 500))
    expect(bodies()[199]).toBe('edited')
  })

  test('is trimmed only after an earlier page that is being loaded has come, so that there is no gap', async () => {
    const { thread, server, network, say, seqs } = play({ said: 20 })
    say(400)
    await thread.catchUp()
    const page = pending<MessagePageView>()
    network.earlier = () => page.promise
    const loaded = thread.loadEarlier()
    thread.setReaderAtEnd(true)
    expect(seqs()[0]).toBe(6)
    page.resolve(server.page(6))
    await loaded
    expect(seqs()).toEqual(range(121, 420))
    expect(thread.view().previous).toBe(121)
  })
})
