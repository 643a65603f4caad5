import { afterAll, describe, expect, test } from 'bun:test'
import { everywhere } from '../../test/support/deno.ts'
import { paths } from '../../web/paths.ts'

describe.each(everywhere)('a user outside a conversation, on $name', async ({ open }) => {
  const chat = await open()
  afterAll(() => chat.close())
  const ada = await chat.signUp('ada')
  const bob = await chat.signUp('bob')
  const eve = await chat.signUp('eve')
  const secret = await ada.say(bob, 'between us')
  const [conversation] = secret.id.split('-')

  test('gets the same 404 for a message of others as for a missing one', async () => {
    const theirs = await eve.get(paths.api.message(secret.id))
    const missing = [
      `${conversation}-2`,
      '999999-1',
      '0-0',
      '99999999999-1',
      '1',
      '-',
      'x-1',
      `${secret.id}-1`,
      '%00',
      '💥',
    ]
    expect(theirs.status).toBe(404)
    const same = { ...theirs.body, requestId: expect.any(String) }
    for (const id of missing) {
      const answer = await eve.get(paths.api.message(id))
      expect([answer.status, answer.body]).toEqual([404, same])
    }
    expect((await ada.get(paths.api.message(secret.id))).status).toBe(200)
    for (const id of [`${conversation}-2`, `0${secret.id}`, `${conversation}-01`]) {
      expect((await ada.get(paths.api.message(id))).body).toEqual(same)
    }
  })

  test('finds no message of it in any list', async () => {
    for (const path of [
      paths.api.conversations,
      paths.api.messages('ada'),
      paths.api.messages('bob'),
      `${paths.api.changes('ada')}?since=0`,
      `${paths.api.changes('bob')}?since=0`,
    ]) {
      const { status, body } = await eve.get(path)
      expect([status, body.results]).toEqual([200, []])
    }
  })

  test('moves only their own read mark', async () => {
    expect((await eve.put(paths.api.read('bob'), { seq: 1 })).status).toBe(204)
    const [line] = (await bob.get(paths.api.conversations)).body.results
    expect(line).toMatchObject({ with: 'ada', unread: 1, readSeq: 0 })
  })

  test('gets no access with the cursor of another user or list', async () => {
    await ada.say(eve, 'one')
    const cursorOf = async (path: string) => (await ada.get(`${path}?limit=1`)).body.next as string
    const cursors = [await cursorOf(paths.api.conversations), await cursorOf(paths.api.users)]
    for (const cursor of cursors) {
      const { status, body } = await eve.get(`${paths.api.conversations}?cursor=${cursor}`)
      expect(status === 400 || body.results.every((line: { with: string }) => line.with === 'ada')).toBe(true)
    }
  })
})
