import { afterAll, describe, expect, test } from 'bun:test'
import { backends, openChat } from '../../../test/support/chat.ts'
import { addCrowd } from '../../../test/support/crowd.ts'
import { paths, withQuery } from '../../../web/paths.ts'
import type { UserPageView } from './schema.ts'

const NAMES: Record<string, string> = {
  ada: 'Ada Lovelace',
  'ada.b': 'Ada Byron King',
  adam: 'Adam',
  bob: 'José Núñez',
  Carol: 'Carol Ada',
  dora: 'JOSE MARIA',
  e_1: '李小龙',
  'e-2': '木村さくら',
  f100: '100% \\ _x_',
  'f.100': 'Percent',
  grace: "Grace O'Brien-Adams",
}

describe.each(backends)('people, on $name', async (backend) => {
  const chat = await openChat(backend)
  afterAll(() => chat.close())
  const me = await chat.signUp('zoe', { displayName: 'Zoe Ada' })
  await addCrowd(chat.deps, [
    ...Object.entries(NAMES).map(([username, displayName]) => ({ username, displayName })),
    { username: 'adagone', displayName: 'Ada Disabled', disabledAt: new Date() },
  ])

  const list = async (query: { search?: string; cursor?: string | null; limit?: number } = {}) => {
    const { status, body } = await me.get(withQuery(paths.api.users, query))
    expect(status).toBe(200)
    return body as UserPageView
  }
  /** The usernames on all pages. */
  const listAll = async (search: string, limit: number) => {
    const pages: string[][] = []
    for (let cursor: string | null = null; ; ) {
      const page = await list({ search, cursor, limit })
      pages.push(page.results.map(({ username }) => username))
      cursor = page.next
      if (!cursor) return pages
    }
  }
  const find = async (search: string) => (await listAll(search, 100)).flat().toSorted()

  test('are all users except the caller and disabled ones, by username', async () => {
    const { results, next } = await list()
    expect(results).toEqual(
      ['ada', 'ada.b', 'adam', 'bob', 'Carol', 'dora', 'e-2', 'e_1', 'f.100', 'f100', 'grace'].map(
        (username) => ({
          username,
          displayName: NAMES[username]!,
        }),
      ),
    )
    expect(next).toBeNull()
  })

  test.each([
    ['ada', ['Carol', 'ada', 'ada.b', 'adam', 'grace']],
    [' ADA  ', ['Carol', 'ada', 'ada.b', 'adam', 'grace']],
    ['ada l', ['ada']],
    ['king ada', ['ada.b']],
    ['byron lovelace', []],
    ['jose', ['bob', 'dora']],
    ['josé n', ['bob']],
    ['李', ['e_1']],
    ['小龙', ['e_1']],
    ['さく', ['e-2']],
    ['ada.', ['ada.b']],
    ['e_', ['e_1']],
    ['f1', ['f100']],
    ['100', ['f100']],
    ['%', []],
    ['_x', ['f100']],
    ['\\', ['f100']],
    ['da', []],
    ['zoe', []],
    ['disabled', []],
    ["'", []],
    ['"; drop table user', []],
    ['\u{10FFFF}', []],
  ])('%j finds %j', async (search, usernames) => {
    expect(await find(search)).toEqual(usernames.toSorted())
  })

  test('are paged by a cursor, each listed once, with and without a search', async () => {
    for (const search of ['', 'ada', 'jose']) {
      const whole = (await listAll(search, 100)).flat()
      for (const limit of [1, 2, 3, whole.length]) {
        const pages = await listAll(search, limit)
        expect(pages.flat()).toEqual(whole)
        expect(pages).toHaveLength(Math.ceil(whole.length / limit))
      }
    }
  })

  test('with the same name are all listed, once each', async () => {
    const same = Array.from({ length: 9 }, (_, n) => `same${n}`)
    await addCrowd(
      chat.deps,
      same.map((username) => ({ username, displayName: 'Xaver Xaverius Xaveria' })),
    )
    expect((await listAll('xaver', 2)).flat()).toEqual(same)
    expect((await listAll('xaver xaveri', 4)).flat()).toEqual(same)
  })

  test('are ordered by the rarest word of a search, on all pages', async () => {
    const named = (names: Record<string, string>) =>
      addCrowd(
        chat.deps,
        Object.entries(names).map(([username, displayName]) => ({ username, displayName })),
      )
    await named({ lam1: 'Lambda Ozb', lam2: 'Lambda Oza', lam3: 'Lambda', lam4: 'Lambda' })
    const query = { search: 'lambda oz', limit: 1 }
    const first = await list(query)
    await named({ other1: 'Oz', other2: 'Oz', other3: 'Oz', other4: 'Oz' })
    const second = await list({ ...query, cursor: first.next })
    expect([...first.results, ...second.results].map(({ username }) => username)).toEqual(['lam2', 'lam1'])
    expect(second.next).toBeNull()
  })

  test('are not listed twice when others sign up between two pages', async () => {
    const first = await list({ limit: 3 })
    await addCrowd(chat.deps, [{ username: 'aaa' }])
    const second = await list({ limit: 3, cursor: first.next })
    expect(second.results.map(({ username }) => username)).toEqual(['bob', 'Carol', 'dora'])
  })

  test('can be read by username in any case, except disabled ones', async () => {
    const { status, body } = await me.get(paths.api.user('CAROL'))
    expect([status, body]).toEqual([200, { username: 'Carol', displayName: 'Carol Ada' }])
    expect((await me.get(paths.api.user('zoe'))).body.username).toBe('zoe')
    const missing = ['nobody', 'adagone', 'ada.', '\0', 'ada ', "ada'--", '..', '字', 'x'.repeat(100)]
    for (const username of missing) expect((await me.get(paths.api.user(username))).status).toBe(404)
  })

  test('are visible to signed-in users only', async () => {
    expect((await chat.stranger().get(paths.api.users)).status).toBe(401)
    expect((await chat.stranger().get(paths.api.user('ada'))).status).toBe(401)
  })

  test('are not searched for a text with a NUL character, in the API and on the page', async () => {
    for (const search of ['\0', 'ada\0', 'ada\0nothing']) {
      const { status, body } = await me.get(withQuery(paths.api.users, { search }))
      expect([status, body.errors[0]]).toMatchObject([422, { field: 'search', code: 'text' }])
      expect((await me.fetch(withQuery(paths.people, { search }))).status).toBe(422)
    }
  })

  test('are refused with an invalid limit, a cursor of another search, or a search that is too long', async () => {
    for (const query of [
      'limit=0',
      'limit=101',
      'limit=x',
      `search=${'x'.repeat(201)}`,
      `cursor=${'x'.repeat(1001)}`,
    ]) {
      expect((await me.get(`${paths.api.users}?${query}`)).status).toBe(422)
    }
    const nonsense = [
      'x',
      'bnVsbA',
      btoa('[]'),
      btoa('["a"]'),
      btoa('[1,"a"]'),
      btoa('["a",1.5]'),
      btoa('{"length":2}'),
    ]
    for (const cursor of nonsense) {
      expect((await me.get(withQuery(paths.api.users, { cursor }))).status).toBe(400)
    }
    const { next } = await list({ limit: 1 })
    const found = (await list({ search: 'ada', limit: 1 })).next
    for (const [cursor, search] of [
      [next, 'jose'],
      [found, 'jose'],
      [found, ''],
    ]) {
      expect((await me.get(withQuery(paths.api.users, { cursor, search }))).status).toBe(400)
    }
  })
})
