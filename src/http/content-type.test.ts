import { afterAll, describe, expect, test } from 'bun:test'
import { openChat, sqlite } from '../../test/support/chat.ts'
import { paths } from '../../web/paths.ts'

describe('a request body', async () => {
  const chat = await openChat(sqlite)
  afterAll(() => chat.close())
  const ada = await chat.signUp('ada')
  await chat.signUp('bob')

  const send = (type: string | null, body = '{"body":"hello"}') =>
    ada.fetch(paths.api.messages('bob'), {
      method: 'POST',
      // Bytes get no content type by default.
      body: new TextEncoder().encode(body),
      headers: type === null ? {} : { 'content-type': type },
    })

  test.each([
    null,
    '',
    'text/plain',
    'application/xml',
    'application/jsonp',
    'application/json;charset=utf-16',
    'application/json; charset="ISO-8859-1"',
    'application/x-www-form-urlencoded; charset=gbk',
  ])('of the type %p is 415', async (type) => {
    expect((await send(type)).status).toBe(415)
  })

  test.each([
    'application/json',
    'Application/JSON',
    'application/json; charset=utf-8',
    'application/json;charset="UTF-8"',
  ])('of the type %p is read', async (type) => {
    expect((await send(type)).status).toBe(201)
  })

  test('that is empty needs no type where none is required', async () => {
    expect((await ada.fetch(paths.api.block('bob'), { method: 'PUT' })).status).toBe(204)
    expect((await ada.fetch(paths.api.block('bob'), { method: 'DELETE' })).status).toBe(204)
  })

  test('of a path for pictures is not read as JSON', async () => {
    expect(
      (await ada.fetch(paths.api.avatar, { method: 'PUT', body: new Uint8Array([1, 2, 3]) })).status,
    ).toBe(415)
  })
})

describe('a response of the API', async () => {
  const chat = await openChat(sqlite)
  afterAll(() => chat.close())
  const ada = await chat.signUp('ada')
  await chat.signUp('bob')

  test('has exactly the documented content type', async () => {
    const responses = [
      await ada.fetch(paths.api.users),
      await ada.fetch(paths.api.session),
      await ada.fetch(paths.api.conversations),
      await ada.fetch(paths.api.messages('bob'), {
        method: 'POST',
        body: '{"body":"hello"}',
        headers: { 'content-type': 'application/json' },
      }),
    ]
    for (const { headers } of responses) expect(headers.get('content-type')).toBe('application/json')
    expect((await ada.fetch(paths.api.user('nobody'))).headers.get('content-type')).toBe(
      'application/problem+json',
    )
    expect((await ada.fetch('/health/live')).headers.get('content-type')).toMatch(
      /^application\/json|^text\/plain/,
    )
  })

  test('to a GET has a weak entity tag, and is 304 while the state is the same', async () => {
    for (const path of [
      paths.api.conversations,
      paths.api.conversation('bob'),
      paths.api.messages('bob'),
      paths.api.settings,
    ]) {
      const first = await ada.fetch(path)
      const etag = first.headers.get('etag')!
      expect(etag).toMatch(/^W\/"[^"]+"$/)
      for (const held of [etag, `"other", ${etag}`, etag.slice(2), '*']) {
        const again = await ada.fetch(path, { headers: { 'if-none-match': held } })
        expect([again.status, again.headers.get('etag'), await again.text()]).toEqual([304, etag, ''])
      }
      expect((await ada.fetch(path, { headers: { 'if-none-match': 'W/"other"' } })).status).toBe(200)
    }
    const before = (await ada.fetch(paths.api.conversations)).headers.get('etag')!
    await ada.post(paths.api.messages('bob'), { body: 'again' })
    expect((await ada.fetch(paths.api.conversations, { headers: { 'if-none-match': before } })).status).toBe(
      200,
    )
  })
})
