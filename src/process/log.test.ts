import { afterAll, describe, expect, test } from 'bun:test'
import { backends, openChat } from '../../test/support/chat.ts'
import { paths } from '../../web/paths.ts'
import { UserEntity } from '../accounts/users/entity.ts'

describe.each(backends)('the log, on $name', async (backend) => {
  const chat = await openChat(backend)
  afterAll(() => chat.close())

  test('contains no password, token or message, for successful and failed requests', async () => {
    const [password, wrong, text, other] = ['pass', 'wrong', 'text', 'other'].map(
      (name) => `${name}-${crypto.randomUUID()}`,
    )
    const ada = chat.stranger()
    await ada.post(paths.api.users, { username: 'ada', password })
    await ada.signIn('ada', wrong)
    await ada.signIn('ada', password)
    const { token } = ada
    await ada.post(paths.api.users, { username: 'ada', password, role: text })
    await ada.events()
    await ada.post(paths.api.messages('ada'), { body: text, clientId: 'one' })
    await ada.post(paths.api.messages('ada'), { body: other, clientId: 'one' })
    await ada.post(paths.api.messages('ada'), { body: text, [text!]: text })
    await ada.get(`${paths.api.users}?search=${text}`)
    await ada.get(paths.api.message(text!))
    await ada.delete(paths.api.session)
    await ada.signIn('ada', password)
    expect(chat.logged.some((line) => line.includes('"committed"'))).toBe(true)
    for (const { method, path } of chat.app.routes) {
      if (path === paths.api.events || path === paths.signOut) continue
      const away = `${path.replace(/:\w+|\*/g, text!)}?${text}=${text}&search=${text}&next=/${text}`
      const written = { method, body: JSON.stringify({ body: text, password }) }
      const headers = {
        cookie: `chatapp-zone-3000=${text}; ${text}=${text}`,
        [text!]: text!,
        'x-forwarded-for': text!,
      }
      const named = {
        ...headers,
        'user-agent': text!,
        referer: `http://localhost/${text}`,
        'accept-language': text!,
      }
      const json = { 'content-type': 'application/json', authorization: `Bearer ${ada.token}` }
      const allHeaders = { ...named, ...json }
      await ada.fetch(away, { ...(method !== 'GET' && written), headers: allHeaders })
      await ada.signIn('ada', password)
    }

    const { orm } = chat.deps
    await orm.em.execute('alter table message rename to elsewhere')
    expect((await ada.post(paths.api.messages('ada'), { body: text })).status).toBe(500)
    await orm.em.execute('alter table session rename to nowhere')
    expect((await ada.signIn('ada', password)).status).toBe(500)
    expect(chat.logged.filter((line) => line.includes('"request failed"'))).toHaveLength(2)
    await orm.em.execute('alter table elsewhere rename to message')
    await orm.em.execute('alter table nowhere rename to session')

    const secrets = [password, wrong, text, other, token, ada.token]
    expect(chat.logged.filter((line) => secrets.some((secret) => line.includes(secret!)))).toEqual([])
    // A sign-in for each route is slow on a busy machine.
  }, 180_000)

  test('contains no username of a live event and no value in an error of the database', async () => {
    const [zoe, yan] = [await chat.signUp('zoe-in-the-log'), await chat.signUp('yan-in-the-log')]
    const streams = await Promise.all([zoe.events(), yan.events()])
    await zoe.say(yan, 'a text that is unique')
    for (const stream of streams) await stream.next('message')
    await yan.put(paths.api.read(zoe.username), { seq: 1 })
    await streams[1]!.next('read')
    const { orm } = chat.deps
    const body = chat.deps.config.databaseUrl ? 'body(100)' : 'body'
    await orm.em.execute(`create unique index unique_body on message (${body})`)
    expect((await zoe.post(paths.api.messages(yan.username), { body: 'a text that is unique' })).status).toBe(
      500,
    )
    await orm.em.execute(`drop index unique_body${chat.deps.config.databaseUrl ? ' on message' : ''}`)
    for (const { leave } of streams) leave()
    expect(chat.logged.some((line) => /constraint failed|ER_DUP_ENTRY/.test(line))).toBe(true)
    expect(chat.logged.some((line) => line.includes('"delivered"'))).toBe(true)
    expect(chat.logged.filter((line) => /in-the-log|is unique/.test(line))).toEqual([])
  })

  /** The lines of the requests that were logged during `act`. */
  const requestsOf = async (act: () => Promise<unknown>) => {
    const before = chat.logged.length
    await act()
    const lines = chat.logged.slice(before).map((line) => JSON.parse(line))
    return lines.filter(({ msg }) => msg === 'request completed')
  }

  test('has one line for each request, with method, route, status, duration and user', async () => {
    const [ada, bob] = [await chat.signUp('adeline'), await chat.signUp('bobby')]
    const lines = await requestsOf(async () => {
      await ada.say(bob, 'hello')
      await ada.get(paths.api.user('nobody'))
      await chat.stranger().get(paths.api.session)
      await chat.stranger().fetch(paths.signIn, { headers: { accept: 'text/html' } })
      await ada.get('/nowhere/at/all')
      await ada.fetch('/nowhere', { method: 'PROPFIND' })
    })
    const { id } = (await chat.deps.orm.em
      .fork()
      .findOneOrFail(UserEntity, { handle: 'adeline' })) as UserEntity
    const api = paths.api.conversations
    const [sent, ...others] = lines.map(({ time: _, pid: _p, hostname: _h, requestId: _i, ...line }) => line)
    expect(sent).toEqual({
      level: 30,
      msg: 'request completed',
      method: 'POST',
      route: `${api}/:username/messages`,
      status: 201,
      ms: expect.any(Number),
      user: id,
    })
    expect(others).toMatchObject([
      { method: 'GET', route: `${paths.api.users}/:username`, status: 404, user: id },
      { method: 'GET', route: paths.api.session, status: 401 },
      { method: 'GET', route: paths.signIn, status: 200 },
      { method: 'GET', route: null, status: 404, user: id },
      { method: 'other', route: null, status: 404, user: id },
    ])
    expect(others.filter((line) => 'user' in line)).toHaveLength(3)
  })

  test('contains the route of requests that fail before their handler runs', async () => {
    const route = paths.api.session
    const json = { 'content-type': 'application/json' }
    const lines = await requestsOf(async () => {
      for (const [body, headers] of [
        ['{', json],
        ['x'.repeat(100_000), json],
        ['x', {}],
        ['{"username":1}', json],
      ] as const)
        await chat.stranger().fetch(route, { method: 'POST', body, headers })
    })
    expect(lines).toMatchObject([400, 413, 415, 422].map((status) => ({ method: 'POST', route, status })))
  })

  test('contains health checks and assets at the debug level only', async () => {
    const lines = await requestsOf(async () => {
      const [asset] = chat.deps.assets.files.keys()
      for (const path of [paths.live, paths.ready, asset!, paths.signIn]) await chat.stranger().fetch(path)
    })
    expect(lines.map(({ level }) => level)).toEqual([20, 20, 20, 30])
  })

  test('contains the ID of the request, which the response also carries, in each line', async () => {
    const ada = await chat.signUp('ida')
    const before = chat.logged.length
    const answers = await Promise.all([
      ada.post(paths.api.messages('ida'), { body: 'one' }),
      ada.post(paths.api.messages('ida'), { body: 'two' }),
      ada.get(paths.api.user('nobody')),
    ])
    const ids = answers.map(({ headers }) => headers.get('x-request-id')!)
    expect(new Set(ids).size).toBe(3)
    const lines = chat.logged.slice(before).map((line) => JSON.parse(line))
    const of = (id: string, msg: string) =>
      lines.filter((line) => line.requestId === id && line.msg === msg).length
    expect(ids.map((id) => of(id, 'request completed'))).toEqual([1, 1, 1])
    expect(ids.map((id) => of(id, 'committed'))).toEqual([1, 1, 0])
    expect(answers[2]!.body.requestId).toBe(ids[2])
  })

  test('keeps a well-formed request ID from a proxy, and replaces any other', async () => {
    const idOf = async (given: string) => {
      const { headers } = await chat.stranger().fetch(paths.live, { headers: { 'x-request-id': given } })
      const id = headers.get('x-request-id')
      expect(JSON.parse(chat.logged.at(-1)!).requestId).toBe(id)
      return id
    }
    for (const id of [crypto.randomUUID(), '01J9ZQ.abc_d-EF', 'x'.repeat(8), 'x'.repeat(64)])
      expect(await idOf(id)).toBe(id)
    const refused = [
      '',
      'short',
      'x'.repeat(65),
      'two words here',
      'a,bcdefghi',
      '<b>bold</b>',
      'na\u00efve-request',
    ]
    for (const id of refused) expect(await idOf(id)).toMatch(/^[0-9a-f-]{36}$/)
  })

  test('contains an internal error under the request ID of its response', async () => {
    const limits = {} as never
    const broken = await openChat(backend, { using: (deps) => ({ ...deps, limits }) })
    const { status, headers, body } = await broken.stranger().signIn('ada')
    const id = headers.get('x-request-id')!
    expect([status, body.requestId]).toEqual([500, id])
    const lines = broken.logged.map((line) => JSON.parse(line)).filter((line) => line.requestId === id)
    expect(lines).toMatchObject([
      { level: 50, msg: 'request failed', err: { type: 'TypeError' } },
      { level: 30, msg: 'request completed', status: 500 },
    ])
    await broken.close()
  })

  test('has one line for each entry, even if it contains line breaks', () => {
    chat.deps.log.info({ username: 'two\r\nlines\u2028' }, 'forged\n{"level":50}')
    expect(chat.logged.at(-1)!.trimEnd()).not.toMatch(/[\r\n]/)
    expect(JSON.parse(chat.logged.at(-1)!)).toMatchObject({ level: 30, username: 'two\r\nlines\u2028' })
  })
})
