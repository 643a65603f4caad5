import { afterAll, describe, expect, test } from 'bun:test'
import { backends, openChat } from '../../test/support/chat.ts'
import { PASSWORD } from '../../test/support/person.ts'
import { paths } from '../../web/paths.ts'
import { PROBLEM_CODES } from './problem-codes.ts'

describe.each(backends)('an error of the API, on $name,', async (backend) => {
  const chat = await openChat(backend)
  afterAll(() => chat.close())
  const ada = await chat.signUp('ada')
  await chat.signUp('bob')
  const script = chat.stranger()
  script.token = (
    await ada.post(paths.api.tokens, { name: 'script', days: 1, password: PASSWORD })
  ).body.token
  const send = (body: object) => ada.post(paths.api.messages('bob'), body)
  await send({ body: 'one', clientId: '1' })

  const json = { 'content-type': 'application/json' }
  const cases: [string, () => Promise<Response>][] = [
    [
      'body_not_json',
      () => ada.fetch(paths.api.messages('bob'), { method: 'POST', body: '{', headers: json }),
    ],
    ['bad_cursor', () => ada.fetch(`${paths.api.users}?cursor=x`)],
    ['before_and_after', () => ada.fetch(`${paths.api.messages('bob')}?before=1&after=1`)],
    ['unauthenticated', () => chat.stranger().fetch(paths.api.session)],
    [
      'invalid_token',
      () => chat.stranger().fetch(paths.api.session, { headers: { authorization: 'Bearer x' } }),
    ],
    ['token_forbidden', () => script.fetch(paths.api.tokens)],
    ['admin_required', () => ada.fetch('/api/v1/admin/overview')],
    [
      'cross_site',
      () => ada.fetch(paths.api.block('bob'), { method: 'PUT', headers: { origin: 'https://evil.example' } }),
    ],
    ['not_found', () => ada.fetch(paths.api.user('nobody'))],
    ['method_not_allowed', () => ada.fetch(paths.api.users, { method: 'PATCH' })],
    [
      'client_id_reused',
      () =>
        ada.fetch(paths.api.messages('bob'), {
          method: 'POST',
          body: '{"body":"two","clientId":"1"}',
          headers: json,
        }),
    ],
    [
      'unsupported_type',
      () =>
        ada.fetch(paths.api.messages('bob'), {
          method: 'POST',
          body: 'x',
          headers: { 'content-type': 'text/plain' },
        }),
    ],
    ['invalid_fields', () => ada.fetch(`${paths.api.users}?limit=0`)],
  ]

  test.each(cases)('has the code and the type of %s', async (code, request) => {
    const response = await request()
    const { title, ...problem } = (await response.json()) as Record<string, unknown>
    expect(problem).toMatchObject({ type: `urn:chatapp:problem:${code}`, code, status: response.status })
    expect(Object.keys(PROBLEM_CODES)).toContain(code)
    expect(title).toBeString()
  })

  test('that concerns one field has the code of the field', async () => {
    const { status, body } = await chat.stranger().signIn('ada', 'guessed')
    expect([status, body.code, body.type]).toEqual([401, 'credentials', 'urn:chatapp:problem:credentials'])
  })

  test('tells a missing token from one that is not valid, and from one with too few rights', async () => {
    const challenge = async (response: Promise<Response>) => (await response).headers.get('www-authenticate')
    const none = challenge(chat.stranger().fetch(paths.api.session))
    expect(await none).toBe('Bearer')
    const wrong = challenge(
      chat.stranger().fetch(paths.api.session, { headers: { authorization: 'Bearer x' } }),
    )
    expect(await wrong).toStartWith('Bearer error="invalid_token", error_description="')
    expect(await challenge(script.fetch(paths.api.tokens))).toStartWith('Bearer error="insufficient_scope"')
  })

  test('of an API token is 200 or 403, as the documentation lists', async () => {
    expect((await script.get(paths.api.settings)).status).toBe(200)
    expect(
      (await script.put(paths.api.settings, { displayName: '', language: null, theme: null, zone: null }))
        .status,
    ).toBe(403)
  })
})

describe.each(backends)('a send, on $name,', async (backend) => {
  const chat = await openChat(backend)
  afterAll(() => chat.close())
  const [ada, bob] = [await chat.signUp('ada'), await chat.signUp('bob')]
  const send = (body: object, headers: Record<string, string> = {}) =>
    ada.fetch(paths.api.messages('bob'), {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json', ...headers },
    })

  test('that stored a message has its path as Location', async () => {
    const response = await send({ body: 'hello' })
    const location = response.headers.get('location')!
    expect((await bob.get(location)).body).toEqual(await response.json())
  })

  test('takes the header Idempotency-Key for clientId', async () => {
    const first = await send({ body: 'once' }, { 'idempotency-key': '"key-1"' })
    const again = await send({ body: 'once' }, { 'idempotency-key': 'key-1' })
    const byBody = await send({ body: 'once', clientId: 'key-1' })
    expect([first.status, again.status, byBody.status]).toEqual([201, 200, 200])
    expect((await first.json()).clientId).toBe('key-1')
    expect((await send({ body: 'once', clientId: 'a' }, { 'idempotency-key': 'b' })).status).toBe(422)
    expect((await send({ body: 'once' }, { 'idempotency-key': 'not a key' })).status).toBe(422)
  })

  test('is answered under a known clientId when the limit is reached, and does not count', async () => {
    await send({ body: 'known', clientId: 'known' })
    const statuses = await Promise.all(
      Array.from({ length: 20 }, () => send({ body: 'known', clientId: 'known' })),
    )
    expect(new Set(statuses.map(({ status }) => status))).toEqual(new Set([200]))
    const { id } = (await chat.deps.orm.em.fork().execute("select id from user where handle = 'ada'"))[0] as {
      id: number
    }
    for (;;) {
      const taken = await chat.deps.limits.take('send', String(id)).then(
        () => true,
        () => false,
      )
      if (!taken) break
    }
    const refused = await send({ body: 'new', clientId: 'new' })
    expect(refused.status).toBe(429)
    expect(refused.headers.get('ratelimit')).toMatch(/^"send";r=0;t=\d+$/)
    expect((await send({ body: 'new' })).status).toBe(429)
    expect((await send({ body: 'known', clientId: 'known' })).status).toBe(200)
    expect((await send({ body: 'other', clientId: 'known' })).status).toBe(409)
  })
})
