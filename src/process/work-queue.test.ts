import { describe, expect, test } from 'bun:test'
import { setImmediate } from 'node:timers/promises'
import { Unavailable } from '../http/errors.ts'
import { ClientGone, type Lane, WorkQueue } from './work-queue.ts'

/** A queue, and work that ends when it is told to. */
function openQueue({ concurrency = 1, capacity = 2 } = {}) {
  const queue = new WorkQueue({ name: 'a test', concurrency, capacity, retryAfter: 7 })
  const started: string[] = []
  const ends = new Map<string, () => void>()
  const add = (name: string, lane: Lane = 'stranger', signal?: AbortSignal) =>
    queue.run(
      async () => {
        started.push(name)
        await new Promise<void>((resolve) => ends.set(name, resolve))
        return name
      },
      { lane, signal: signal ?? null },
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
    const member = add('member', 'member')
    for (const name of ['running', 'member', 'first', 'second']) await end(name)
    expect(await Promise.all([...accepted, member])).toHaveLength(4)
  })

  test('gives members the next turns, and strangers at least every fifth', async () => {
    const { add, end, started } = openQueue({ capacity: 10 })
    const all = [add('running'), ...['s1', 's2'].map((name) => add(name))]
    all.push(...['m1', 'm2', 'm3', 'm4', 'm5'].map((name) => add(name, 'member')))
    const order = ['running', 'm1', 'm2', 'm3', 'm4', 's1', 'm5', 's2']
    for (const name of order) await end(name)
    expect(started).toEqual(order)
    await Promise.all(all)
  })

  test('drops waiting work whose client has left, which makes room for other work', async () => {
    const { add, end, started } = openQueue({ capacity: 1 })
    const client = new AbortController()
    const all = [add('running')]
    const dropped = add('dropped', 'stranger', client.signal).catch((error) => error)
    client.abort()
    expect(await dropped).toBeInstanceOf(ClientGone)
    all.push(add('next'))
    for (const name of ['running', 'next']) await end(name)
    await Promise.all(all)
    expect(started).toEqual(['running', 'next'])
    expect(await add('late', 'stranger', client.signal).catch((error) => error)).toBeInstanceOf(ClientGone)
  })

  test('counts running work until it ends, also when its client has left or it failed', async () => {
    const { queue, add, end, started } = openQueue()
    const client = new AbortController()
    const running = add('running', 'stranger', client.signal)
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
    const failed = queue.run(fail, { lane: 'member' }).catch(String)
    await end('next')
    expect(await Promise.all([failed, next])).toEqual(['Error: planted', 'next'])
    const last = add('last')
    await setImmediate()
    await end('last')
    expect(await last).toBe('last')
  })
})
