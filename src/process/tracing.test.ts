import { Database } from 'bun:sqlite'
import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import generated from '@opentelemetry/otlp-transformer/build/src/generated/root.js'
import { backends, newFolder, sqlite } from '../../test/support/chat.ts'
import { openDeno } from '../../test/support/deno.ts'
import { PASSWORD } from '../../test/support/person.ts'
import { startServer } from '../../test/support/server.ts'
import { paths, withQuery } from '../../web/paths.ts'

// Starting processes is slow on a busy machine.
setDefaultTimeout(180_000)

type Attribute = { key: string; value: { stringValue?: string; intValue?: unknown } }
/** The properties that these tests check. */
type Span<Bytes = string, Attributes = Record<string, unknown>> = {
  name: string
  traceId: Bytes
  spanId: Bytes
  /** Null without a parent. */
  parentSpanId: Bytes | null
  kind: number
  status: { code: number; message: string | null }
  events: unknown[]
  attributes: Attributes
}
type Sent = {
  resourceSpans: {
    resource: { attributes: Attribute[] }
    scopeSpans: { spans: Span<Uint8Array, Attribute[]>[] }[]
  }[]
}
// An untyped CommonJS module.
const { ExportTraceServiceRequest } = (generated as never as Generated).opentelemetry.proto.collector.trace.v1
type Generated = {
  opentelemetry: {
    proto: {
      collector: { trace: { v1: { ExportTraceServiceRequest: { decode(bytes: Uint8Array): Sent } } } }
    }
  }
}

/** A collector for OTLP over HTTP, encoded as protobuf. */
function openCollector() {
  const spans: (Span & { resource: Record<string, unknown> })[] = []
  let bytes = ''
  let arrived = () => {}
  const server = Bun.serve({
    port: 0,
    async fetch(request) {
      if (new URL(request.url).pathname !== '/v1/traces') return new Response(null, { status: 404 })
      const body = new Uint8Array(await request.arrayBuffer())
      bytes += new TextDecoder('latin1').decode(body)
      const sent: Sent = ExportTraceServiceRequest.decode(body)
      for (const { resource, scopeSpans } of sent.resourceSpans)
        for (const scope of scopeSpans)
          for (const span of scope.spans)
            spans.push({
              ...span,
              traceId: hex(span.traceId),
              spanId: hex(span.spanId),
              parentSpanId: hex(span.parentSpanId),
              attributes: attributesOf(span.attributes),
              resource: attributesOf(resource.attributes),
            })
      arrived()
      return new Response(null, { headers: { 'content-type': 'application/x-protobuf' } })
    },
  })
  return {
    /** The settings that export traces to this collector. */
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://localhost:${server.port}` },
    spans,
    text: () => bytes,
    next: () => new Promise<void>((resolve) => (arrived = resolve)),
    close: () => server.stop(true),
  }
}

const hex = (bytes: Uint8Array | null) => Buffer.from(bytes ?? []).toString('hex')
const attributesOf = (attributes: Attribute[]) =>
  Object.fromEntries(
    attributes.map(({ key, value }) => [key, value.stringValue || Number(`${value.intValue}`)]),
  )

describe.each(backends)('the traces, on $name', async (backend) => {
  const collector = openCollector()
  afterAll(() => collector.close())
  const { spans } = collector
  const [text, sought, wrong] = ['text', 'sought', 'wrong'].map((name) => `${name}${crypto.randomUUID()}`)
  const server = await startServer(backend, collector.env)
  const ada = await server.signUp('adeline')
  const bob = await server.signUp('bobby')
  const parent = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' }
  await ada.say(bob, text!)
  await ada.get(withQuery(paths.api.users, { search: sought! }))
  await ada.get(paths.api.user(`nobody-${sought}`))
  await ada.get(`/nowhere/${sought}`)
  await ada.fetch(paths.api.session, { headers: { ...parent, authorization: `Bearer ${ada.token}` } })
  await server.stranger().signIn('adeline', wrong)
  await server.stranger().fetch(paths.signIn, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'text/html',
      cookie: `x=${sought}`,
    },
    body: new URLSearchParams({ username: 'adeline', password: wrong! }),
  })
  await server
    .stranger()
    .fetch(paths.signIn, { method: 'POST', headers: { origin: `https://${sought}.example` } })
  const { headers } = await bob.fetch(withQuery(paths.api.changes('adeline'), { since: 0 }))
  const ended = await server.close()
  const named = (name: string) => spans.filter((span) => span.name === name)

  test('are exported before the process exits, with the service name', () => {
    expect([ended.code, ended.stderr]).toEqual([0, ''])
    expect(spans.length).toBeGreaterThan(20)
    for (const { resource } of spans) expect(resource['service.name']).toBe('chatapp')
  })

  test('have a span for each request, with its route, status and ID', () => {
    const requests = spans.filter(({ kind }) => kind === 2)
    const seen = requests.map(({ name, attributes }) => [name, attributes['http.response.status_code']])
    const { users, conversations, session } = paths.api
    const expected = [
      [`POST ${users}`, 201],
      [`POST ${users}`, 201],
      [`POST ${conversations}/:username/messages`, 201],
      [`GET ${users}`, 200],
      [`GET ${users}/:username`, 404],
      ['GET', 404],
      [`GET ${session}`, 200],
      [`POST ${session}`, 401],
      [`POST ${paths.signIn}`, 422],
      ['POST', 403],
      [`GET ${conversations}/:username/changes`, 200],
    ]
    const sorted = (list: unknown[][]) => list.map(String).toSorted()
    expect(sorted(seen)).toEqual(sorted(expected))
    const [changes] = named(`GET ${conversations}/:username/changes`)
    expect(changes!.attributes['chatapp.request_id']).toBe(headers.get('x-request-id'))
  })

  test('have child spans for the steps of a request, including the sending of a message', () => {
    const [request] = named(`POST ${paths.api.conversations}/:username/messages`)
    const steps = spans.filter(({ traceId, kind }) => traceId === request!.traceId && kind !== 2)
    expect(steps.map(({ name }) => name)).toEqual(expect.arrayContaining(['Parse', 'Handle', 'send']))
    const [handle] = steps.filter(({ name }) => name === 'Handle')
    const [send] = steps.filter(({ name }) => name === 'send')
    expect([handle!.parentSpanId, send!.parentSpanId]).toEqual([request!.spanId, handle!.spanId])
    expect(send!.attributes).toEqual({ 'chatapp.outcome': 'created' })
  })

  test('continue the trace of the caller', () => {
    const [request] = named(`GET ${paths.api.session}`)
    expect([request!.traceId, request!.parentSpanId]).toEqual([
      '0af7651916cd43dd8448eb211c80319c',
      'b7ad6b7169203331',
    ])
  })

  test('contain no message, password, token, name, search or address', () => {
    const secrets = [
      text,
      sought,
      wrong,
      PASSWORD,
      ada.token,
      bob.token,
      'adeline',
      'bobby',
      'Bearer',
      'cookie',
    ]
    for (const secret of secrets) expect(collector.text()).not.toContain(secret!)
    for (const { attributes, events, status } of spans) {
      expect(Object.keys(attributes).join()).not.toMatch(/url|header|body|user_agent|client|server/)
      expect([events, status.message]).toEqual([[], null])
    }
  })
})

test('a failed request has status ERROR in its span, without the message of the error', async () => {
  const collector = openCollector()
  const DATA_DIR = newFolder()
  const server = await startServer(sqlite, { ...collector.env, DATA_DIR })
  const ada = await server.signUp('ada')
  expect((await ada.get(paths.api.session)).status).toBe(200)
  const database = new Database(join(DATA_DIR, 'chatapp.sqlite'))
  database.run('alter table message rename to elsewhere')
  database.close()
  expect((await ada.post(paths.api.messages('ada'), { body: 'unsaid' })).status).toBe(500)
  await server.close()
  const failed = collector.spans.filter(({ kind, status }) => kind === 2 && status.code === 2)
  expect(failed.map(({ attributes }) => attributes['http.response.status_code'])).toEqual([500])
  for (const secret of ['unsaid', 'insert into', 'no such table'])
    expect(collector.text()).not.toContain(secret)
  rmSync(DATA_DIR, { recursive: true })
  collector.close()
})

test('traces are also exported on Deno', async () => {
  const collector = openCollector()
  const chat = await openDeno({ ...collector.env, OTEL_BSP_SCHEDULE_DELAY: '100' })
  await chat.signUp('ada')
  while (!collector.spans.some(({ name }) => name === `POST ${paths.api.users}`)) await collector.next()
  await chat.close()
  collector.close()
})

test.each(['http://localhost:1', 'http://localhost:PORT'])(
  'an unavailable collector at %s does not affect the server',
  async (at) => {
    const silent = Bun.listen({ hostname: 'localhost', port: 0, socket: { data() {} } })
    const OTEL_EXPORTER_OTLP_ENDPOINT = at.replace('PORT', String(silent.port))
    const server = await startServer(sqlite, { OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_BSP_SCHEDULE_DELAY: '50' })
    const ada = await server.signUp('ada')
    for (let n = 0; n < 5; n++) await ada.say(ada, 'hello')
    const { code, stderr } = await server.close()
    expect([code, stderr]).toEqual([0, ''])
    silent.stop(true)
  },
)
