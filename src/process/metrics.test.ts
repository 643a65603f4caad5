import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { channel } from 'node:diagnostics_channel'
import { backends, openChat, sqlite } from '../../test/support/chat.ts'
import { run, serverFile } from '../../test/support/process.ts'
import { startServer } from '../../test/support/server.ts'
import { paths, withQuery } from '../../web/paths.ts'
import { UserEntity } from '../accounts/users/entity.ts'
import { countJobs } from '../jobs/counts.ts'
import { enqueueJobNow } from '../jobs/enqueue.ts'
import { JobEntity } from '../jobs/entity.ts'
import { readConfig } from './config.ts'
import { openMetrics, serveMetrics } from './metrics.ts'

setDefaultTimeout(180_000)

const noJobs = async () => []

/** The samples of a scrape, by name and labels. */
function samplesOf(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line && !line.startsWith('#'))
  return new Map(lines.map((line) => [line.replace(/ \S+$/, ''), Number(/\S+$/.exec(line))]))
}

describe.each(backends)('the metrics, on $name', async (backend) => {
  const chat = await openChat(backend)
  const metrics = openMetrics({
    connections: () => chat.app.hub.connections(),
    jobs: () => countJobs(chat.deps),
  })
  afterAll(() => {
    metrics.close()
    return chat.close()
  })
  const read = async () => samplesOf(await metrics.registry.metrics())
  /** The increase of the samples during `act`. */
  const growth = async (names: string[], act: () => Promise<unknown>) => {
    const before = await read()
    await act()
    const after = await read()
    return names.map((name) => (after.get(name) ?? 0) - (before.get(name) ?? 0))
  }
  const ada = await chat.signUp('ada')
  const bob = await chat.signUp('bob')

  test('count jobs by kind and state', async () => {
    await enqueueJobNow(chat.deps, { kind: 'unknown', payload: {} })
    const samples = await read()
    expect(samples.get('chatapp_jobs{kind="unknown",state="waiting"}')).toBe(1)
    expect(samples.get('chatapp_jobs{kind="unknown",state="failed"}')).toBe(0)
    expect([...samples.keys()].join()).not.toContain('purge')
  })

  test('report how long the oldest job of each kind has been waiting', async () => {
    const runAt = new Date(Date.now() - 3_600_000)
    await enqueueJobNow(chat.deps, { kind: 'late', payload: {}, runAt })
    await enqueueJobNow(chat.deps, { kind: 'late', payload: {} })
    await enqueueJobNow(chat.deps, { kind: 'lost', payload: {}, runAt })
    const lost = { failedAt: new Date() }
    await chat.deps.orm.em.fork().nativeUpdate(JobEntity, { kind: 'lost' }, lost)
    const samples = await read()
    expect(samples.get('chatapp_jobs_oldest_waiting_seconds{kind="late"}')).toBeWithin(3600, 3780)
    expect(samples.get('chatapp_jobs_oldest_waiting_seconds{kind="lost"}')).toBe(0)
  })

  test('count attempts to send a message by outcome', async () => {
    const outcomes = ['created', 'repeated', 'conflict', 'refused', 'failed']
    const names = outcomes.map((outcome) => `chatapp_sends_total{outcome="${outcome}"}`)
    for (const name of names) expect((await read()).has(name)).toBe(true)
    const counted = growth(names, async () => {
      await ada.say(bob, 'one', 'same')
      await ada.say(bob, 'two')
      await ada.post(paths.api.messages('bob'), { body: 'one', clientId: 'same' })
      await ada.post(paths.api.messages('bob'), { body: 'another', clientId: 'same' })
      await ada.post(paths.api.messages('nobody'), { body: 'one' })
      await ada.post(paths.api.messages('bob'), { body: ' ' })
      // Through the form of the page.
      await ada.fetch(paths.chat('bob'), { method: 'POST', body: new URLSearchParams({ body: 'three' }) })
    })
    expect(await counted).toEqual([3, 1, 1, 2, 0])
  })

  test('count successful, failed and rate-limited sign-ins', async () => {
    const names = ['ok', 'wrong', 'limited'].map((outcome) => `chatapp_sign_ins_total{outcome="${outcome}"}`)
    const visitor = chat.stranger()
    const counted = growth(names, async () => {
      await visitor.signIn('ada')
      for (let n = 0; n < 11; n++) await visitor.signIn('ada', 'guessed')
    })
    expect(await counted).toEqual([1, 10, 1])
  })

  test('count live connections by transport, delivered events, and catch-ups', async () => {
    const stream = await bob.events()
    const another = await bob.events()
    expect((await read()).get('chatapp_live_connections{transport="sse"}')).toBe(2)
    expect((await read()).get('chatapp_live_connections{transport="websocket"}')).toBe(0)
    const counted = growth(['chatapp_events_delivered_total', 'chatapp_catch_ups_total'], async () => {
      await ada.say(bob, 'hello')
      for (const one of [stream, another]) await one.next('message')
      await bob.get(withQuery(paths.api.changes('ada'), { since: 0 }))
      await bob.get(withQuery(paths.api.changes('nobody'), { since: 0 }))
    })
    expect(await counted).toEqual([2, 1])
    for (const one of [stream, another]) one.leave()
    while ((await read()).get('chatapp_live_connections{transport="sse"}') !== 0);
  })

  test('count a slow reader once', async () => {
    const slow = await chat.signUp('slow')
    const { id } = await chat.deps.orm.em.fork().findOneOrFail(UserEntity, { handle: 'slow' })
    await slow.events()
    const event = { type: 'read', with: 'x'.repeat(1000), seq: 1 } as const
    const counted = growth(['chatapp_slow_readers_closed_total'], async () => {
      for (let n = 0; n < 300; n++) await chat.deps.bus.publish(id, { event, at: 0 })
      while ((await read()).get('chatapp_live_connections{transport="sse"}') !== 0);
    })
    expect(await counted).toEqual([1])
  })

  test('count gaps, when events may have been lost', async () => {
    expect(await growth(['chatapp_bus_gaps_total'], () => chat.app.hub.recover())).toEqual([1])
  })

  test('count requests and record their durations by route pattern', async () => {
    const route = `${paths.api.users}/:username`
    const labels = (method: string, of: string) => `{method="${method}",route="${of}"`
    const names = [
      `chatapp_http_requests_total${labels('GET', route)},status="404"}`,
      `chatapp_http_requests_total${labels('GET', route)},status="200"}`,
      `chatapp_http_request_duration_seconds_count${labels('GET', route)}}`,
      `chatapp_http_requests_total${labels('GET', 'none')},status="404"}`,
      `chatapp_http_requests_total${labels('other', 'none')},status="404"}`,
      'chatapp_http_requests_in_progress',
    ]
    const counted = growth(names, async () => {
      for (const name of ['ada', 'nobody', 'nemo']) await bob.get(paths.api.user(name))
      for (const path of ['/a', '/b', `${paths.api.root}/c`]) await bob.get(path)
      await bob.fetch('/a', { method: 'PROPFIND' })
    })
    expect(await counted).toEqual([2, 1, 3, 3, 1, 0])
  })

  test('count requests in progress', async () => {
    const inside = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    const slow = await openChat(sqlite, {
      using: (deps) => ({
        ...deps,
        bus: {
          ...deps.bus,
          async ping() {
            inside.resolve()
            await release.promise
          },
        },
      }),
    })
    const waiting = slow.stranger().get(paths.ready)
    await inside.promise
    expect((await read()).get('chatapp_http_requests_in_progress')).toBe(1)
    release.resolve()
    await waiting
    expect((await read()).get('chatapp_http_requests_in_progress')).toBe(0)
    await slow.close()
  })

  test('contain no user data', async () => {
    const text = await metrics.registry.metrics()
    for (const secret of ['ada', 'bob', 'nobody', 'nemo', 'hello', ada.token!, ada.address])
      expect(text).not.toContain(secret)
  })
})

describe('the metrics', () => {
  const emitted: [string, object, Record<string, number>][] = [
    [
      'chatapp:commit',
      { messages: 3, ms: 20 },
      {
        chatapp_commit_duration_seconds_sum: 0.02,
        'chatapp_commit_duration_seconds_bucket{le="0.01"}': 0,
        'chatapp_commit_duration_seconds_bucket{le="0.025"}': 1,
        chatapp_commit_messages_sum: 3,
        'chatapp_commit_messages_bucket{le="2"}': 0,
        'chatapp_commit_messages_bucket{le="4"}': 1,
      },
    ],
    ['chatapp:bus-lag', { ms: 4 }, { chatapp_bus_lag_seconds_sum: 0.004, chatapp_bus_lag_seconds_count: 1 }],
    ['chatapp:live', { type: 'dropped' }, { chatapp_slow_readers_closed_total: 1 }],
    ['chatapp:live', { type: 'gap' }, { chatapp_bus_gaps_total: 1 }],
  ]
  test.each(emitted)('record events of %s: %j', async (name, message, expected) => {
    const metrics = openMetrics({ connections: () => ({}), jobs: noJobs })
    channel(name).publish(message)
    const read = async () => {
      const samples = samplesOf(await metrics.registry.metrics())
      return Object.fromEntries(Object.keys(expected).map((key) => [key, samples.get(key)!]))
    }
    expect(await read()).toEqual(expected)
    metrics.close()
    channel(name).publish(message)
    expect(await read()).toEqual(expected)
  })

  test('of two apps in one process are separate', async () => {
    const [one, two] = [1, 2].map((sse) => openMetrics({ connections: () => ({ sse }), jobs: noJobs }))
    const read = async (metrics = one!) =>
      samplesOf(await metrics.registry.metrics()).get('chatapp_live_connections{transport="sse"}')
    expect([await read(one), await read(two)]).toEqual([1, 2])
    for (const metrics of [one!, two!]) metrics.close()
  })

  test('follow the naming conventions of Prometheus', async () => {
    const metrics = openMetrics({ connections: () => ({ sse: 0 }), jobs: noJobs })
    const described = await metrics.registry.getMetricsAsJSON()
    const own = described.filter(({ name }) => name.startsWith('chatapp_'))
    expect(own.length).toBeGreaterThan(12)
    for (const { name, type, help } of own) {
      expect(`${name} ${type}`).toMatch(
        /^chatapp_[a-z_]+_total counter$|^chatapp_[a-z_]+(?<!_total) (?!counter)/,
      )
      expect(help).toMatch(/^[A-Z].+\.$/)
    }
    expect(described.map(({ name }) => name)).toContain('process_resident_memory_bytes')
    metrics.close()
  })
})

describe('the port of the metrics', () => {
  const open = (env: Record<string, string> = {}) =>
    serveMetrics(readConfig({ METRICS_PORT: '0', ...env }), { connections: () => ({ sse: 7 }), jobs: noJobs })
  const get = ({ port }: { port: number }, path = '/metrics', init: RequestInit = {}) =>
    fetch(`http://localhost:${port}${path}`, init)

  test('serves only /metrics', async () => {
    const server = await open()
    const answer = await get(server)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
    ])
    expect(await answer.text()).toContain('\nchatapp_live_connections{transport="sse"} 7\n')
    for (const path of ['/', '/metrics/', '/health/live', '/sign-in'])
      expect((await get(server, path)).status).toBe(404)
    expect((await get(server, '/metrics', { method: 'POST' })).status).toBe(404)
    server.close()
  })

  test('requires the token, if one is set', async () => {
    const token = crypto.randomUUID()
    const server = await open({ METRICS_TOKEN: token })
    const status = async (authorization?: string) =>
      (await get(server, '/metrics', authorization ? { headers: { authorization } } : {})).status
    expect(await status(`Bearer ${token}`)).toBe(200)
    for (const wrong of [
      undefined,
      'Bearer',
      `Basic ${token}`,
      token,
      `Bearer ${token}x`,
      'Bearer x',
      'Bearer é',
    ])
      expect(await status(wrong)).toBe(401)
    expect((await get(server)).headers.get('www-authenticate')).toBe('Bearer')
    server.close()
  })
})

describe('a process', () => {
  test('has no metrics on the public port', async () => {
    const server = await startServer(sqlite)
    expect((await server.stranger().fetch('/metrics')).status).toBe(404)
    await server.close()
  })

  test('serves its metrics on METRICS_PORT, including those of WebSockets', async () => {
    const server = await startServer(sqlite, { METRICS_PORT: '0', LOG_LEVEL: 'info' })
    const { port } = JSON.parse(await server.process.line('"metrics"'))
    const ada = await server.signUp('ada')
    const socket = new WebSocket(server.origin.replace('http', 'ws') + paths.api.events, {
      headers: { authorization: `Bearer ${ada.token}` },
    } as never)
    await new Promise((resolve) => socket.addEventListener('message', resolve, { once: true }))
    const samples = samplesOf(await (await fetch(`http://localhost:${port}/metrics`)).text())
    expect(samples.get('chatapp_live_connections{transport="websocket"}')).toBe(1)
    const upgrades = `chatapp_http_requests_total{method="GET",route="${paths.api.events}",status="101"}`
    expect(samples.get(upgrades)).toBe(1)
    expect((await server.stranger().fetch('/metrics')).status).toBe(404)
    socket.close()
    expect((await server.close()).code).toBe(0)
  })

  test('does not start when METRICS_PORT is in use, and prints one sentence', async () => {
    const other = await serveMetrics(readConfig({ METRICS_PORT: '0' }), {
      connections: () => ({}),
      jobs: noJobs,
    })
    const METRICS_PORT = String(other.port)
    const { env, close } = await openChat(sqlite)
    const { code, stderr } = await run(serverFile, {
      PORT: '0',
      DATA_DIR: env.DATA_DIR!,
      METRICS_PORT,
      LOG_LEVEL: 'error',
    }).ended
    expect([code, stderr]).toEqual([
      1,
      `Port ${METRICS_PORT} on localhost is in use. Stop the other program, or set METRICS_PORT.\n`,
    ])
    other.close()
    await close()
  })
})
