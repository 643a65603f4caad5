import { afterAll, beforeAll, describe, expect, spyOn, test } from 'bun:test'
import { setImmediate } from 'node:timers/promises'
import { type Server, startRedis } from '../../scripts/servers.ts'
import { backends, openChat } from '../../test/support/chat.ts'
import { PASSWORD, type Person } from '../../test/support/person.ts'
import { openRedis } from '../../test/support/redis.ts'
import { openWire } from '../../test/support/wire.ts'
import { paths } from '../../web/paths.ts'
import { UserEntity } from '../accounts/users/entity.ts'
import type { RedisServers } from '../live/bus/redis-servers.ts'
import { openMetrics } from '../process/metrics.ts'
import { takeAll } from '../process/take-limits.ts'
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

  test('can give back attempts, but never more than were counted', async () => {
    for (let n = 0; n < 5; n++) {
      await limits.take('signIn', 'dora')
      await limits.refund('signIn', 'dora')
    }
    for (let n = 0; n < 5; n++) await limits.refund('signIn', 'dora')
    expect(await passed(limits, 'dora')).toBe(10)
    for (let n = 0; n < 5; n++) await limits.refund('signIn', 'early')
    expect(await passed(limits, 'early')).toBe(10)
    await limits.clear('signIn', 'early')
    expect(await passed(limits, 'early')).toBe(10)
    await limits.clear('signIn', 'early', 3)
    expect(await passed(limits, 'early')).toBe(7)
  })

  test('do not count refused attempts, so that each refund makes room', async () => {
    await Promise.allSettled(Array.from({ length: 30 }, () => limits.take('signIn', 'burst')))
    for (let n = 0; n < 10; n++) await limits.refund('signIn', 'burst')
    expect(await passed(limits, 'burst')).toBe(10)
    const address = '2001:db8:77:1::1'
    await Promise.allSettled(Array.from({ length: 90 }, () => limits.take('signInNetwork', address)))
    for (let n = 0; n < 20; n++) await limits.refund('signInNetwork', address)
    const again = Array.from({ length: 30 }, () => limits.take('signInNetwork', address))
    const passedAgain = (await Promise.allSettled(again)).filter(({ status }) => status === 'fulfilled')
    expect(passedAgain).toHaveLength(20)
  })

  test('count an attempt for all of several limits or for none', async () => {
    const counted = [
      { rule: 'signIn', key: 'fritz' },
      { rule: 'code', key: 'fritz' },
    ] as const
    for (let n = 0; n < 10; n++) await limits.take('code', 'fritz')
    await expect(takeAll(limits, counted)).rejects.toBeInstanceOf(TooManyRequests)
    expect(await passed(limits, 'fritz')).toBe(10)
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

  test('do not each wait for a Redis that does not respond', async () => {
    const wire = await openWire(redis.url)
    const client = await openRedis(wire.url)
    const limits = openRateLimits(client)
    const sent = spyOn(client.masters[0]!.client, 'eval')
    wire.freeze()
    await limits.take('signUp', 'grace')
    for (const rule of ['passwordCheck', 'signIn', 'code'] as const) await limits.take(rule, 'grace')
    await limits.refund('signIn', 'grace')
    expect(sent).toHaveBeenCalledTimes(1)
    while (sent.mock.calls.length === 1) {
      await limits.refund('signIn', 'grace')
      await setImmediate()
    }
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

  test('tells in responses of the API how much is left', async () => {
    const tess = await chat.signUp('tess')
    const leftOf = async (response: Promise<{ headers: Headers }>) => {
      const items = (await response).headers.get('ratelimit')?.split(', ') ?? []
      return items.map((item) => /^"(\w+)";r=(\d+);t=\d+$/.exec(item)?.slice(1))
    }
    expect(await leftOf(tess.get(paths.api.session))).toEqual([['request', '2999']])
    const send = () => tess.post(paths.api.messages('tess'), { body: 'note' })
    expect(await leftOf(send())).toEqual([
      ['request', '2998'],
      ['send', '599'],
    ])
    expect(await leftOf(tess.get(paths.api.messages('nobody')))).toEqual([['request', '2997']])
    expect(await leftOf(tess.fetch(paths.signIn))).toEqual([])
    expect(await leftOf(tess.fetch(paths.live))).toEqual([])
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
    for (const rule of ['request', 'file'] as const) await exhaust(rule, stranger.address)
    for (const rule of ['request', 'file'] as const) await exhaust(rule, `user ${await idOf('carol')}`)
    carol.address = stranger.address
    const unread = new ReadableStream({
      pull() {
        throw new Error('The body was read.')
      },
    })
    let walked = 0
    const limited = chat.app.routes.filter(({ path }) => path !== paths.live && path !== paths.ready)
    for (const { method, path } of limited) {
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

  test('does not cover health checks, but all other requests for their paths', async () => {
    const stranger = chat.stranger()
    for (let n = 0; n < 3001; n++) await chat.deps.limits.take('request', stranger.address).catch(() => {})
    const large = { 'x-large': 'x'.repeat(17_000) }
    for (const path of [paths.live, paths.ready]) {
      for (let n = 0; n < 1300; n++) expect((await stranger.fetch(path)).status).toBe(200)
      for (const init of [{ method: 'POST' }, { headers: large }])
        expect((await stranger.fetch(path, init)).status).toBe(429)
    }
  })

  test('counts requests from other sites and with large headers, and logs only some of them', async () => {
    const refusals = [
      { status: 403, headers: { origin: 'https://elsewhere.example' } },
      { status: 431, headers: { 'x-large': 'x'.repeat(17_000) } },
    ]
    for (const { status, headers } of refusals) {
      const stranger = chat.stranger()
      const post = async () => (await stranger.fetch(paths.signIn, { method: 'POST', headers })).status
      const before = chat.logged.length
      for (let n = 0; n < 30; n++) expect(await post()).toBe(status)
      const lines = chat.logged.slice(before).filter((line) => line.includes('"access-denied"'))
      expect(lines).toHaveLength(status === 403 ? 20 : 0)
      for (let n = 0; n < 2970; n++) await chat.deps.limits.take('request', stranger.address)
      expect(await post()).toBe(429)
    }
  })

  test('of a network leaves signed-in users the files and mails', async () => {
    const member = await chat.signUp('asset-member')
    const stranger = Object.assign(chat.stranger(), { address: member.address })
    for (let n = 0; n < 6001; n++) await chat.deps.limits.take('file', member.address).catch(() => {})
    expect((await stranger.fetch(paths.openapi)).status).toBe(429)
    expect((await member.fetch(paths.openapi)).status).toBe(200)
    for (let n = 0; n < 20; n++) await stranger.post(paths.api.passwordResets, { email: `x${n}@example.org` })
    expect((await stranger.post(paths.api.passwordResets, { email: 'y@example.org' })).status).toBe(429)
    const change = async (email: string) =>
      (await member.put(paths.api.email, { email, password: PASSWORD })).status
    for (let n = 0; n < 5; n++) expect(await change(`own${n}@example.org`)).toBe(200)
    expect(await change('own5@example.org')).toBe(429)
  })

  test('of mails is 100 in 15 minutes for all users in one network that has used up its own', async () => {
    const [first, second] = [await chat.signUp('mailer'), await chat.signUp('second-mailer')]
    const crowd = `2001:db8:5:1::`
    for (let n = 0; n < 20; n++) await chat.deps.limits.take('mailAddress', `${crowd}1`)
    for (let n = 0; n < 99; n++) await chat.deps.limits.take('mailMembers', `${crowd}1`)
    const change = async (person: Person, address: string) => {
      const email = `${crypto.randomUUID()}@example.org`
      return (await Object.assign(person, { address }).put(paths.api.email, { email, password: PASSWORD }))
        .status
    }
    expect(await change(first, `${crowd}2`)).toBe(200)
    expect(await change(second, `${crowd}3`)).toBe(429)
    expect(await change(second, '192.0.2.33')).toBe(200)
  })

  test('of passkey challenges is one for all devices of an account', async () => {
    const minter = await chat.signUp('minter')
    const statuses: number[] = []
    for (let device = 0; device < 4; device++) {
      const { headers } = await minter.signIn('minter')
      const cookie = headers.getSetCookie()[1]!.split(';')[0]!
      const stranger = Object.assign(chat.stranger(), { address: minter.address })
      for (let n = 0; n < 20; n++)
        statuses.push(
          (await stranger.fetch(paths.api.passkeyRequest, { method: 'POST', headers: { cookie } })).status,
        )
    }
    expect(statuses.filter((status) => status === 200)).toHaveLength(60)
    expect(statuses.filter((status) => status === 429)).toHaveLength(20)
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
