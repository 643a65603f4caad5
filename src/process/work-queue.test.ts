import { describe, expect, test } from 'bun:test'
import { setImmediate } from 'node:timers/promises'
import { Unavailable } from '../http/errors.ts'
import type { Charged } from './charged.ts'
import { ClientGone, WorkQueue } from './work-queue.ts'

const stranger = (key: string): Charged => ({ kind: 'network', key })
const member = (key: string): Charged => ({ kind: 'user', key })

/** A queue, and work that ends when it is told to. */
function openQueue({ concurrency = 1, capacity = 2 } = {}) {
  const queue = new WorkQueue({ name: 'a test', concurrency, capacity, retryAfter: 7 })
  const started: string[] = []
  const ends = new Map<string, () => void>()
  const add = (name: string, charged = stranger(name), signal?: AbortSignal) =>
    queue.run(
      async () => {
        started.push(name)
        await new Promise<void>((resolve) => ends.set(name, resolve))
        return name
      },
      { charged, signal: signal ?? null },
    )
  const end = async (name: string) => {
    await setImmediate()
    ends.get(name)!()
    await setImmediate()
  }
  return { queue, started, add, end }
}

describe('a work queue', () => {
  test('runs work up to its concurrency and the rest in the order of arrival', async () => {
    const { add, end, started } = openQueue({ concurrency: 2 })
    const results = ['a', 'b', 'c', 'd'].map((name) => add(name))
    await setImmediate()
    expect(started).toEqual(['a', 'b'])
    for (const name of ['b', 'a', 'c', 'd']) await end(name)
    expect(started).toEqual(['a', 'b', 'c', 'd'])
    expect(await Promise.all(results)).toEqual(['a', 'b', 'c', 'd'])
  })

  test('refuses work with 503 and Retry-After when the lane is full, and leaves the other lane open', async () => {
    const { add, end } = openQueue()
    const accepted = [add('running'), add('first'), add('second')]
    const refusal = await add('third').catch((error) => error)
    expect(refusal).toBeInstanceOf(Unavailable)
    expect([refusal.status, refusal.headers['retry-after']]).toEqual([503, '7'])
    const other = add('other', member('other'))
    for (const name of ['running', 'other', 'first', 'second']) await end(name)
    expect(await Promise.all([...accepted, other])).toHaveLength(4)
  })

  test('gives members the next turns, and strangers at least every fifth', async () => {
    const { add, end, started } = openQueue({ capacity: 10 })
    const all = [add('running'), ...['s1', 's2'].map((name) => add(name))]
    all.push(...['m1', 'm2', 'm3', 'm4', 'm5'].map((name) => add(name, member(name))))
    const order = ['running', 'm1', 'm2', 'm3', 'm4', 's1', 'm5', 's2']
    for (const name of order) await end(name)
    expect(started).toEqual(order)
    await Promise.all(all)
  })

  test('lets the users of a lane take turns, and starts the work of each in its order', async () => {
    const { add, end, started } = openQueue({ capacity: 10 })
    const all = [add('running', member('other'))]
    for (const name of ['a1', 'a2', 'a3', 'b1', 'c1', 'b2']) all.push(add(name, member(name[0]!)))
    const order = ['running', 'a1', 'b1', 'c1', 'a2', 'b2', 'a3']
    for (const name of order) await end(name)
    expect(started).toEqual(order)
    await Promise.all(all)
  })

  test('refuses the fourth work of one user, and the eleventh of one network, until one has ended', async () => {
    const { queue, add, end } = openQueue({ capacity: 20 })
    const names = (count: number, start: string) => Array.from({ length: count }, (_, n) => `${start}${n}`)
    const ofUser = names(3, 'user')
    const ofNetwork = names(10, 'network')
    // Two of the addresses of one IPv6 /48.
    const addressOf = (n: number) => stranger(`2001:db8:1:${n % 2}::1`)
    const all = ofUser.map((name) => add(name, member('ada')))
    all.push(...ofNetwork.map((name, n) => add(name, addressOf(n))))
    for (const charged of [member('ada'), stranger('2001:db8:1:7::1')]) {
      expect(() => queue.checkRoom(charged)).toThrow(Unavailable)
      expect(await add('more', charged).catch((error) => error)).toBeInstanceOf(Unavailable)
    }
    queue.checkRoom(member('bob'))
    queue.checkRoom(stranger('2001:db8:2::1'))
    await end('user0')
    all.push(add('user3', member('ada')))
    for (const name of ['user1', 'user2', 'user3', ...ofNetwork]) await end(name)
    expect(await Promise.all(all)).toHaveLength(14)
    queue.checkRoom(member('ada'))
  })

  test('drops waiting work whose client has left, which makes room for other work', async () => {
    const { add, end, started } = openQueue({ capacity: 1 })
    const client = new AbortController()
    const all = [add('running')]
    const dropped = add('dropped', stranger('dropped'), client.signal).catch((error) => error)
    client.abort()
    expect(await dropped).toBeInstanceOf(ClientGone)
    all.push(add('next'))
    for (const name of ['running', 'next']) await end(name)
    await Promise.all(all)
    expect(started).toEqual(['running', 'next'])
    expect(await add('late', stranger('late'), client.signal).catch((error) => error)).toBeInstanceOf(
      ClientGone,
    )
  })

  test('counts running work until it ends, also when its client has left or it failed', async () => {
    const { queue, add, end, started } = openQueue()
    const client = new AbortController()
    const running = add('running', stranger('running'), client.signal)
    await setImmediate()
    client.abort()
    const next = add('next')
    await setImmediate()
    expect(started).toEqual(['running'])
    await end('running')
    expect(await running).toBe('running')
    const fail = async () => {
      throw new Error('planted')
    }
    const failed = queue.run(fail, { charged: member('failing') }).catch(String)
    await end('next')
    expect(await Promise.all([failed, next])).toEqual(['Error: planted', 'next'])
    const last = add('last')
    await setImmediate()
    await end('last')
    expect(await last).toBe('last')
  })
})
