import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type Server, startRedis } from '../../scripts/servers.ts'
import { backends, openChat } from '../../test/support/chat.ts'
import { openRedis } from '../../test/support/redis.ts'
import { openWire } from '../../test/support/wire.ts'
import { paths } from '../../web/paths.ts'
import { UserEntity } from '../accounts/users/entity.ts'
import type { RedisServers } from '../live/bus/redis-servers.ts'
import { openMetrics } from '../process/metrics.ts'
import { TooManyRequests } from './errors.ts'
import { openRateLimits, type RateLimitRule, type RateLimits } from './rate-limits.ts'

/** The number of attempts until the first refusal. */
async function passed(limits: RateLimits, key: string): Promise<number> {
  for (let tries = 0; ; tries++) {
    try {
      await limits.take('signIn', key)
    } catch (error) {
      expect(error).toBeInstanceOf(TooManyRequests)
      expect((error as TooManyRequests).seconds).toBeWithin(1, 901)
      return tries
    }
  }
}

const FALLBACKS = 'chatapp_rate_limit_fallbacks_total'

let redis: Server
let clients: RedisServers[]
beforeAll(async () => {
  redis = await startRedis()
  clients = await Promise.all([openRedis(redis.url), openRedis(redis.url)])
})
afterAll(async () => {
  for (const client of clients) client.destroy()
  await redis.stop()
})

describe.each([
  { name: 'memory', open: () => openRateLimits(null) },
  { name: 'Redis', open: () => openRateLimits(clients[0]!) },
])('rate limits in $name', ({ open }) => {
  let limits: RateLimits
  beforeAll(() => {
    limits = open()
  })

  test('allow ten attempts for each key', async () => {
    expect(await passed(limits, 'ada')).toBe(10)
    expect(await passed(limits, 'ada')).toBe(0)
    expect(await passed(limits, 'bob')).toBe(10)
  })

  test('allow no more than that when attempts are concurrent', async () => {
    const tries = await Promise.allSettled(Array.from({ length: 30 }, () => limits.take('signIn', 'carol')))
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(10)
  })

  test('can give back an attempt, and can be cleared', async () => {
    for (let n = 0; n < 5; n++) {
      await limits.take('signIn', 'dora')
      await limits.refund('signIn', 'dora')
    }
    expect(await passed(limits, 'dora')).toBe(10)
    await limits.clear('signIn', 'dora')
    expect(await passed(limits, 'dora')).toBe(10)
  })

  test('are counted separately for each rule', async () => {
    expect(await passed(limits, 'emil')).toBe(10)
    await limits.take('signUp', 'emil')
    await limits.take('signInName', 'emil')
  })
})

describe('rate limits over Redis', () => {
  test('are shared by all processes', async () => {
    const [here, there] = clients.map((client) => openRateLimits(client))
    for (let n = 0; n < 6; n++) await here!.take('signIn', 'shared')
    expect(await passed(there!, 'shared')).toBe(4)
    expect(await passed(here!, 'shared')).toBe(0)
  })

  test('are counted in memory while Redis is unavailable, and in Redis again afterwards', async () => {
    const warnings: string[] = []
    const log = {
      warn: (fields: object, message: string) => void warnings.push(`${message} ${JSON.stringify(fields)}`),
    }
    const metrics = openMetrics({ connections: () => ({}), jobs: async () => [] })
    const fallbacks = async () => (await metrics.registry.getSingleMetric(FALLBACKS)!.get()).values[0]!.value
    const limits = openRateLimits(clients[0]!, { log })
    expect(await passed(limits, 'before')).toBe(10)
    expect([await fallbacks(), warnings]).toEqual([0, []])
    await redis.kill()
    expect(await passed(limits, 'while')).toBe(10)
    // Each of eleven attempts is counted; the log has one line a minute.
    expect(await fallbacks()).toBe(11)
    expect(warnings).toEqual([
      expect.stringMatching(/^rate limits are counted in memory: Redis is unavailable {"reason":".+"}$/),
    ])
    metrics.close()
    await limits.refund('signIn', 'while')
    await limits.clear('signIn', 'while')
    expect(await passed(limits, 'while')).toBe(10)
    const back = Promise.all(
      clients.map(({ masters }) => new Promise((resolve) => masters[0]!.client.once('ready', resolve))),
    )
    await redis.restart()
    await back
    expect(await passed(limits, 'before')).toBe(0)
    expect(await passed(limits, 'after')).toBe(10)
    expect(await passed(openRateLimits(clients[1]!), 'after')).toBe(0)
  }, 180_000)

  test('are counted in memory while Redis does not respond on an open connection', async () => {
    const wire = await openWire(redis.url)
    const client = await openRedis(wire.url)
    const limits = openRateLimits(client)
    expect(await passed(limits, 'sound')).toBe(10)
    wire.freeze()
    const [tries] = await Promise.all([
      Promise.allSettled(Array.from({ length: 30 }, () => limits.take('signIn', 'half-open'))),
      limits.refund('signIn', 'other'),
      limits.clear('signIn', 'other'),
    ])
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(10)
    // The hanging connection was not detected yet.
    expect(client.masters[0]!.client.isReady).toBe(true)
    client.destroy()
    wire.close()
  })
})

describe.each(backends)('the rate limit, on $name,', async (backend) => {
  const chat = await openChat(backend)
  afterAll(() => chat.close())
  const [ada, bob] = [await chat.signUp('ada'), await chat.signUp('bob')]

  test('refuses a user more than 600 messages a minute, without affecting others', async () => {
    const id = await idOf('ada')
    await Promise.all(Array.from({ length: 600 }, () => chat.deps.limits.take('send', String(id))))
    const refusal = await ada.post(paths.api.messages('bob'), { body: 'one more' })
    expect(refusal.status).toBe(429)
    expect(Number(refusal.headers.get('retry-after'))).toBeWithin(1, 61)
    expect((await bob.get(paths.api.messages('ada'))).body.results).toEqual([])
    await bob.say(ada, 'I can')
  })

  test('refuses more than 3000 requests a minute of one user, or of one address without a session', async () => {
    const flood = async (key: string) => {
      for (let n = 0; n < 3000; n++) await chat.deps.limits.take('request', key).catch(() => {})
    }
    await flood(`user ${await idOf('bob')}`)
    const elsewhere = Object.assign(chat.stranger(), { token: bob.token })
    for (const person of [bob, elsewhere]) {
      const refusal = await person.get(paths.api.session)
      expect(refusal.status).toBe(429)
      expect(Number(refusal.headers.get('retry-after'))).toBeWithin(1, 61)
    }
    const stranger = chat.stranger()
    await flood(stranger.address)
    expect((await stranger.get(paths.api.session)).status).toBe(429)
    expect((await chat.stranger().get(paths.api.session)).status).toBe(401)
    expect((await ada.get(paths.api.session)).status).toBe(200)
  })

  test('refuses more than 100 changes of the settings in ten minutes, and still takes messages', async () => {
    const dora = await chat.signUp('dora')
    const settings = { displayName: 'Dora', language: null, theme: null, zone: null }
    expect((await dora.put(paths.api.settings, settings)).status).toBe(200)
    const id = String(await idOf('dora'))
    for (let n = 0; n < 99; n++) await chat.deps.limits.take('settings', id)
    expect((await dora.put(paths.api.settings, settings)).status).toBe(429)
    expect((await dora.get(paths.api.settings)).status).toBe(200)
    await dora.say(dora, 'note')
  })

  test('covers every route, before its body is read, for strangers and for users', async () => {
    const stranger = chat.stranger()
    const carol = await chat.signUp('carol')
    const exhaust = async (rule: RateLimitRule, key: string) => {
      for (let n = 0; n < 6000; n++) await chat.deps.limits.take(rule, key).catch(() => {})
    }
    for (const rule of ['request', 'file', 'health'] as const) await exhaust(rule, stranger.address)
    await exhaust('request', `user ${await idOf('carol')}`)
    carol.address = stranger.address
    const unread = new ReadableStream({
      pull() {
        throw new Error('The body was read.')
      },
    })
    let walked = 0
    for (const { method, path } of chat.app.routes) {
      const url = path.replaceAll(/:\w+\??|\*/g, '1')
      for (const person of [stranger, carol]) {
        const init = /^(GET|HEAD)$/.test(method) ? { method } : { method, body: unread }
        const { status, headers } = await person.fetch(url, init)
        expect([method, path, status]).toEqual([method, path, 429])
        expect(Number(headers.get('retry-after'))).toBeWithin(1, 61)
        walked++
      }
    }
    expect(walked).toBeGreaterThan(200)
    expect((await stranger.fetch('/nowhere')).status).toBe(429)
  })

  test('of a network leaves known devices behind the same proxy a limit of their own', async () => {
    const visitor = await chat.signUp('visitor')
    const { headers } = await visitor.signIn('visitor')
    const cookie = headers
      .getSetCookie()
      .find((text) => text.startsWith('chatapp-device'))!
      .split(';')[0]!
    for (let n = 0; n < 3001; n++) await chat.deps.limits.take('request', visitor.address).catch(() => {})
    const page = async (headers: Record<string, string>) =>
      (await Object.assign(chat.stranger(), { address: visitor.address }).fetch(paths.signIn, { headers }))
        .status
    expect(await page({})).toBe(429)
    expect(await page({ cookie: `${cookie.split('.')[0]}.forged` })).toBe(429)
    expect(await page({ cookie })).toBe(200)
  })

  const idOf = async (handle: string) =>
    (await chat.deps.orm.em.fork().findOneOrFail(UserEntity, { handle })).id
})
