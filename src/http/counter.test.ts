import { afterAll, describe, expect, test } from 'bun:test'
import { setImmediate } from 'node:timers/promises'
import { openRedis } from '../../test/support/redis.ts'
import { type Counter, MemoryCounter } from './counter.ts'
import { RedisCounter } from './redis-counter.ts'

const LIMIT = 3

const redis = await openRedis(process.env.TEST_REDIS_URL!)
afterAll(() => redis.destroy())
const inRedis = (duration: number) =>
  new RedisCounter({
    ...{ limit: LIMIT, duration },
    prefix: `test:${crypto.randomUUID()}`,
    redis,
    onFallback(error) {
      throw error
    },
  })

describe.each<{ name: string; open: (duration: number) => Counter }>([
  { name: 'memory', open: (duration) => new MemoryCounter({ limit: LIMIT, duration }) },
  { name: 'Redis', open: inRedis },
])('a counter in $name', ({ open }) => {
  /** Adds attempts until one is refused; returns how many were added. */
  const fill = async (counter: Counter, key: string) => {
    for (let added = 0; ; added++) {
      const { left, ms } = await counter.add(key)
      expect(ms).toBeWithin(1, 60_001)
      if (left < 0) return added
    }
  }

  test('begins again after its time window, which refused attempts do not extend', async () => {
    const counter = open(1)
    await fill(counter, 'ada')
    while ((await counter.add('ada')).left < 0) await setImmediate()
    await counter.add('ada')
  })

  test('is not lowered below the least count, nor raised to it', async () => {
    const counter = open(60)
    await counter.lower('ada', 2, 0)
    await counter.lower('ada', 0, 2)
    expect(await fill(counter, 'ada')).toBe(3)
    await counter.lower('ada', 1, 0)
    expect(await fill(counter, 'ada')).toBe(1)
    await counter.lower('ada', Number.MAX_SAFE_INTEGER, 2)
    expect(await fill(counter, 'ada')).toBe(1)
    await counter.lower('ada', Number.MAX_SAFE_INTEGER, 0)
    await counter.lower('ada', 0, 2)
    expect(await fill(counter, 'ada')).toBe(3)
  })

  test('ends the window when the count is lowered to zero', async () => {
    const counter = open(60)
    const { ms } = await counter.add('ada')
    const startedAt = performance.now()
    while (performance.now() - startedAt < 50) await setImmediate()
    expect((await counter.add('ada')).ms).toBeLessThan(ms - 40)
    await counter.lower('ada', 2, 1)
    expect((await counter.add('ada')).ms).toBeLessThan(ms - 40)
    await counter.lower('ada', 2, 0)
    expect((await counter.add('ada')).ms).toBeGreaterThan(60_000 - 10)
  })

  test('lowers a count once for each of many that finish at the same time', async () => {
    const counter = open(60)
    await fill(counter, 'ada')
    await Promise.all([1, 2, 3, 4, 5].map(() => counter.lower('ada', Number.MAX_SAFE_INTEGER, 0)))
    expect(await fill(counter, 'ada')).toBe(3)
  })
})
