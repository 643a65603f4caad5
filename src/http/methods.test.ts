import { afterAll, describe, expect, test } from 'bun:test'
import { openChat, sqlite } from '../../test/support/chat.ts'
import { paths } from '../../web/paths.ts'

describe('a known path', async () => {
  const chat = await openChat(sqlite)
  afterAll(() => chat.close())
  const ada = await chat.signUp('ada')

  /** Status and `Allow`. */
  const of = async (method: string, path: string) => {
    const { status, headers } = await ada.fetch(path, { method })
    return [status, headers.get('allow')]
  }

  const known: [string, string][] = [
    [paths.api.users, 'GET, HEAD, OPTIONS, POST'],
    [paths.api.session, 'DELETE, GET, HEAD, OPTIONS, POST'],
    [paths.api.messages('bob'), 'GET, HEAD, OPTIONS, POST'],
    [paths.api.read('bob'), 'OPTIONS, PUT'],
    [paths.api.message('1-1'), 'GET, HEAD, OPTIONS'],
    [paths.openapi, 'GET, HEAD, OPTIONS'],
    [paths.chat('bob'), 'GET, HEAD, OPTIONS, POST'],
  ]

  test.each(known)('is 405 with `Allow` for another method: %s', async (path, allow) => {
    expect(await of('PATCH', path)).toEqual([405, allow])
    expect(await (await ada.fetch(path, { method: 'PATCH' })).json()).toMatchObject({
      status: 405,
      title: 'Method Not Allowed',
    })
  })

  test.each(known)('is 204 with `Allow` for OPTIONS: %s', async (path, allow) => {
    expect(await of('OPTIONS', path)).toEqual([204, allow])
  })

  test('differs from an unknown path, which is 404', async () => {
    for (const method of ['GET', 'PATCH', 'OPTIONS'])
      for (const path of ['/api/v1/nothing', '/api/v1/users/bob/nothing', '/nothing'])
        expect(await of(method, path)).toEqual([404, null])
  })

  test('of the pages of administration is 404 for all methods that it lacks', async () => {
    expect(await of('PATCH', paths.admin)).toEqual([404, null])
  })
})
