import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { newAdmin } from '../../../test/support/admin.ts'
import { backends, openChat } from '../../../test/support/chat.ts'
import { PASSWORD } from '../../../test/support/person.ts'
import { adminPaths } from '../../../web/admin/paths.ts'
import { paths, withQuery } from '../../../web/paths.ts'

// Hashing passwords is slow on a busy machine.
setDefaultTimeout(180_000)

describe.each(backends)('the audit log, on $name,', async (backend) => {
  const chat = await openChat(backend)
  afterAll(() => chat.close())
  const root = await newAdmin(chat, 'root')
  const second = await newAdmin(chat, 'second')
  for (const name of ['ada', 'bob']) await chat.signUp(name)
  await root.patch(adminPaths.api.user('ada'), { disabled: true })
  chat.advance(3600)
  await second.patch(adminPaths.api.user('ada'), { disabled: false })
  await second.patch(adminPaths.api.user('bob'), {
    email: 'bob@x.example',
    role: 'admin',
    yourPassword: PASSWORD,
  })
  const read = async (query: Record<string, string | number> = {}) =>
    (await root.get(withQuery(adminPaths.api.audit, query))).body
  const actions = async (query: Record<string, string | number>) =>
    (await read(query)).results.map(({ action }: { action: string }) => action)

  test('records actor, action, target, time and IP address', async () => {
    const { results, next } = await read()
    expect(next).toBeNull()
    expect(results.at(-1)).toEqual({
      id: expect.any(String),
      at: expect.stringMatching(/^20.*Z$/),
      actor: 'root',
      action: 'user.disabled',
      target: { type: 'user', id: 'ada' },
      detail: {},
      address: root.address,
    })
    expect(results.map(({ action }: { action: string }) => action)).toEqual([
      'user.promoted',
      'user.changed',
      'user.enabled',
      'user.disabled',
    ])
    expect(JSON.stringify(results)).not.toContain('bob@x.example')
  })

  test('can be filtered by actor, action, target and time, and is paged', async () => {
    expect(await actions({ actor: 'ROOT' })).toEqual(['user.disabled'])
    expect(await actions({ user: 'bob' })).toEqual(['user.promoted', 'user.changed'])
    expect(await actions({ action: 'user.enabled' })).toEqual(['user.enabled'])
    expect(await actions({ actor: 'second', user: 'ada' })).toEqual(['user.enabled'])
    for (const name of ['nobody', '../x', '0']) expect(await actions({ actor: name })).toEqual([])
    const later = new Date(Date.now() + 1_800_000).toISOString()
    expect(await actions({ until: later })).toEqual(['user.disabled'])
    expect(await actions({ since: later })).toHaveLength(3)
    const first = await read({ limit: 3 })
    const rest = await read({ limit: 3, cursor: first.next })
    expect([...first.results, ...rest.results]).toEqual((await read()).results)
    expect(rest.next).toBeNull()
    for (const [query, status] of [
      [{ cursor: 'x' }, 400],
      [{ action: 'x' }, 422],
      [{ since: 'yesterday' }, 422],
      [{ since: '0000-01-01T00:00:00Z' }, 422],
      [{ limit: 0 }, 422],
    ] as const)
      expect((await root.get(withQuery(adminPaths.api.audit, query))).status).toBe(status)
  })

  test('is append-only: the database rejects updates, deletions and replacements', async () => {
    const em = chat.deps.orm.em.fork()
    const replace = 'replace into audit select * from audit'
    for (const change of ["update audit set action = 'x'", 'delete from audit', replace])
      await expect(em.execute(change)).rejects.toThrow('append-only')
    expect((await read()).results).toHaveLength(4)
  })

  test('contains no entry for a failed action', async () => {
    const before = (await read()).results.length
    await root.patch(adminPaths.api.user('root'), { displayName: 'Boss', disabled: true })
    await root.post(adminPaths.api.userActions, { usernames: ['ada', 'nobody'], action: 'disable' })
    expect((await read()).results).toHaveLength(before)
    expect((await root.get(paths.api.session)).body.user.displayName).toBe('root')
  })

  test('is complemented by an overview with current numbers', async () => {
    const ada = chat.stranger()
    await ada.signIn('ada')
    await ada.say(ada, 'one')
    chat.advance(2 * 24 * 3600)
    await ada.say(ada, 'two')
    await ada.say(second, 'three')
    const { body } = await root.get(adminPaths.api.overview)
    expect(body).toMatchObject({
      users: 4,
      newUsers: 4,
      disabledUsers: 0,
      admins: 3,
      messages: 3,
      newMessages: 2,
      openReports: 0,
      liveConnections: 0,
      bus: chat.deps.bus.kind,
      database: expect.stringMatching(/^(SQLite|MySQL) \d/),
    })
    chat.advance(8 * 24 * 3600)
    await root.signIn('root')
    expect((await root.get(adminPaths.api.overview)).body).toMatchObject({ newUsers: 0, newMessages: 0 })
  })
})
