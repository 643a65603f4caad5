import { afterAll, describe, expect, test } from 'bun:test'
import { openChat, sqlite } from '../../test/support/chat.ts'
import { adminPaths } from '../../web/admin/paths.ts'
import { paths } from '../../web/paths.ts'
import { createUser } from '../accounts/users/service.ts'
import { isInstant } from './instant.ts'

const PASSWORD = 'correct horse battery'

describe('a query of the API', async () => {
  const chat = await openChat(sqlite)
  afterAll(() => chat.close())
  const ada = await chat.signUp('ada')
  await chat.signUp('bob')
  await createUser(
    chat.deps,
    { username: 'root', password: PASSWORD, role: 'admin' },
    { allowReserved: true },
  )
  const root = chat.stranger()
  await root.signIn('root', PASSWORD)

  const faults = async (person: typeof ada, path: string) => {
    const { status, body } = await person.get(path)
    return [
      status,
      ...(body.errors ?? []).map((one: { field: string; code: string }) => `${one.field} ${one.code}`),
    ]
  }

  const numbers = [
    '0',
    '101',
    '-1',
    '+5',
    '%205',
    '5%20',
    '1.5',
    '1e1',
    '0x10',
    '007',
    '',
    'x',
    'NaN',
    '%D9%A5',
    '9'.repeat(30),
  ]
  test.each(numbers)('with limit=%s is 422 and names `limit`', async (limit) => {
    for (const path of [paths.api.conversations, paths.api.users, paths.api.messages('bob')])
      expect(await faults(ada, `${path}?limit=${limit}`)).toEqual([422, 'limit invalid'])
  })

  test.each(['', '-1', '+0', '1e0', '4294967296', '0x0', '00'])(
    'with since=%s is 422 and names `since`',
    async (since) => {
      expect(await faults(ada, `${paths.api.changes('bob')}?since=${since}`)).toEqual([422, 'since invalid'])
    },
  )

  test.each([
    [`${paths.api.conversations}?limit=1&limit=2`, 'limit'],
    [`${paths.api.conversations}?limit=1&limit=1`, 'limit'],
    [`${paths.api.users}?search=a&search=b`, 'search'],
    [`${paths.api.users}?cursor=a&cursor=b`, 'cursor'],
    [`${paths.api.changes('bob')}?since=0&since=0`, 'since'],
    [`${paths.api.messages('bob')}?before=1&limit=5&before=2`, 'before'],
  ])('with a repeated parameter is 422 and names it: %s', async (path, name) => {
    expect(await faults(ada, path)).toEqual([422, `${name} repeated`])
  })

  test('is checked after the sign-in', async () => {
    expect((await chat.stranger().get(`${paths.api.conversations}?limit=1&limit=2`)).status).toBe(401)
  })

  test('accepts each parameter once', async () => {
    for (const path of ['?limit=1', '?limit=100', '?search=b&limit=5', '?search=a%26b', ''])
      expect((await ada.get(paths.api.users + path)).status).toBe(200)
    expect((await ada.get(`${paths.api.changes('bob')}?since=0&limit=100`)).status).toBe(200)
  })

  test.each([
    '2020-01-01',
    '2020-01-01T00:00:00',
    '2020-02-30T00:00:00Z',
    '2020-13-01T00:00:00Z',
    'yesterday',
    '',
  ])('with the time %p is 422 and names it', async (since) => {
    expect(await faults(root, `${adminPaths.api.audit}?since=${encodeURIComponent(since)}`)).toEqual([
      422,
      'since invalid',
    ])
  })

  test('accepts a time with an offset', async () => {
    for (const since of ['2020-01-01T00:00:00Z', '2020-02-29T23:59:59.123+05:30'])
      expect((await root.get(`${adminPaths.api.audit}?since=${encodeURIComponent(since)}`)).status).toBe(200)
  })

  test.each([paths.api.users, paths.api.conversations, `${paths.api.users}/bob`, paths.api.session])(
    'is 404 for a path with a slash at its end: %s/',
    async (path) => {
      expect((await ada.get(`${path}/`)).status).toBe(404)
    },
  )
})

test('a time is a date, a time of day and an offset', () => {
  for (const text of ['2024-02-29T00:00:00Z', '2026-11-23t08:15:30.123z', '2026-11-23T08:15:30-14:00'])
    expect(isInstant(text)).toBe(true)
  for (const text of [
    '2023-02-29T00:00:00Z',
    '2026-11-23T24:01:00Z',
    '2026-11-23 08:15:30Z',
    '2026-11-23T08:15Z',
    '1',
  ])
    expect(isInstant(text)).toBe(false)
})
