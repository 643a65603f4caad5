import { afterAll, describe, expect, test } from 'bun:test'
import { backends, openChat } from '../../test/support/chat.ts'
import { addCrowd } from '../../test/support/crowd.ts'
import type { Person } from '../../test/support/person.ts'
import { paths, withQuery } from '../../web/paths.ts'
import { ConversationEntity } from './entity.ts'
import type { ConversationPageView } from './schema.ts'

describe.each(backends)('the list of conversations, on $name,', async (backend) => {
  const chat = await openChat(backend)
  afterAll(() => chat.close())
  const ada = await chat.signUp('ada')
  const bob = await chat.signUp('Bob')
  const carol = await chat.signUp('carol')

  const list = async (person: Person, query: { cursor?: string | null; limit?: number } = {}) => {
    const { status, body } = await person.get(withQuery(paths.api.conversations, query))
    expect(status).toBe(200)
    return body as ConversationPageView
  }
  const lines = async (person: Person) =>
    (await list(person)).results.map(({ with: name, unread, lastMessage }) => [
      name,
      unread,
      lastMessage.body,
    ])

  const asPerson = (username: string) => ({
    id: expect.stringMatching(/^\d+$/),
    with: username,
    person: { username, displayName: username, avatar: null, deleted: false },
  })

  test('is empty before the first message, even after opening a conversation', async () => {
    await ada.get(paths.api.messages('bob'))
    await ada.put(paths.api.read('bob'), { seq: 1 })
    expect(await list(ada)).toEqual({ results: [], next: null })
  })

  test('shows the last message, numbers and unread count to each person', async () => {
    await bob.say(ada, 'hello')
    const last = await bob.say(ada, 'anybody there?')
    const both = { lastMessage: last, lastSeq: 2, version: 2, readSeq: 0, activeAt: last.createdAt }
    expect(await list(ada)).toEqual({ results: [{ ...asPerson('Bob'), unread: 2, ...both }], next: null })
    expect(await list(bob)).toEqual({ results: [{ ...asPerson('ada'), unread: 0, ...both }], next: null })
    expect(await list(carol)).toEqual({ results: [], next: null })
  })

  test('starts with the conversation of the latest message, for both people', async () => {
    chat.advance(1)
    await carol.say(ada, 'and me')
    expect(await lines(ada)).toEqual([
      ['carol', 1, 'and me'],
      ['Bob', 2, 'anybody there?'],
    ])
    chat.advance(1)
    await ada.say(bob, 'here')
    expect(await lines(ada)).toEqual([
      ['Bob', 2, 'here'],
      ['carol', 1, 'and me'],
    ])
    expect(await lines(bob)).toEqual([['ada', 1, 'here']])
  })

  test('counts messages of the other person after the read mark as unread', async () => {
    await ada.put(paths.api.read('bob'), { seq: 1 })
    expect((await list(ada)).results[0]).toMatchObject({ with: 'Bob', unread: 1, readSeq: 1 })
    await ada.put(paths.api.read('bob'), { seq: 3 })
    expect((await list(ada)).results[0]).toMatchObject({ with: 'Bob', unread: 0, readSeq: 3 })
    expect((await list(bob)).results[0]).toMatchObject({ with: 'ada', unread: 1, readSeq: 0 })
  })

  test('contains own notes once', async () => {
    chat.advance(1)
    await carol.say(carol, 'buy milk')
    expect(await lines(carol)).toEqual([
      ['carol', 0, 'buy milk'],
      ['ada', 0, 'and me'],
    ])
  })

  test('is in the order of activity also after the clock was ahead', async () => {
    const [fay, gus, hal] = [await chat.signUp('fay'), await chat.signUp('gus'), await chat.signUp('hal')]
    const names = async (person: Person) => (await list(person)).results.map((line) => line.with)
    await fay.say(gus, 'before')
    await fay.say(hal, 'before')
    chat.advance(3 * 24 * 3600)
    await fay.say(gus, 'from the future')
    chat.advance(-3 * 24 * 3600)
    await hal.say(fay, 'now')
    expect([await names(fay), await names(hal)]).toEqual([['hal', 'gus'], ['fay']])
    await fay.say(fay, 'note')
    expect(await names(fay)).toEqual(['fay', 'hal', 'gus'])
    await ada.say(hal, 'hello')
    expect(await names(hal)).toEqual(['ada', 'fay'])
    await gus.say(fay, 'again')
    expect(await names(fay)).toEqual(['gus', 'fay', 'hal'])
    const [newest, second] = (await list(fay)).results
    const row = (await fay.get(paths.api.conversation('gus'))).body
    expect(row).toEqual(newest)
    expect(row.activeAt > second!.activeAt).toBe(true)
    const html = await (
      await fay.fetch(paths.conversationRow('gus'), {
        headers: { authorization: `Bearer ${fay.token}`, 'hx-request': 'true' },
      })
    ).text()
    expect(html).toContain(`data-active="${row.activeAt}"`)
  })

  test('is paged newest first, each conversation once, even with equal times', async () => {
    const dora = await chat.signUp('dora')
    const crowd = Array.from({ length: 13 }, (_, n) => `crowd${String(n).padStart(2, '0')}`)
    await addCrowd(
      chat.deps,
      [...crowd, 'later'].map((username) => ({ username })),
    )
    // Dora is `low` in some conversations and `high` in others.
    for (const username of crowd) await dora.say({ ...bob, username }, 'hi')
    for (const person of [ada, bob, carol]) await person.say(dora, 'hi')
    const em = chat.deps.orm.em.fork()
    const { id } = await em.findOneOrFail(ConversationEntity, { lastSeq: 1, high: { handle: 'crowd00' } })
    await em.nativeUpdate(ConversationEntity, { id: { $gte: id } }, { activeAt: chat.deps.now() })

    const whole = (await list(dora, { limit: 100 })).results.map((line) => line.with)
    expect(whole.toSorted()).toEqual(['Bob', 'ada', 'carol', ...crowd].toSorted())
    for (const limit of [1, 4, 15, 16]) {
      const seen: string[] = []
      let pages = 0
      for (let cursor: string | null = null; ; pages++) {
        const page = await list(dora, { cursor, limit })
        seen.push(...page.results.map((line) => line.with))
        cursor = page.next
        if (!cursor) break
      }
      expect([seen, pages + 1]).toEqual([whole, Math.ceil(16 / limit)])
    }
  })

  test('continues after the cursor while new messages arrive', async () => {
    const emil = await chat.signUp('emil')
    for (const person of [ada, bob, carol]) {
      chat.advance(1)
      await person.say(emil, 'hi')
    }
    const first = await list(emil, { limit: 1 })
    chat.advance(1)
    await ada.say(emil, 'again')
    const rest = await list(emil, { limit: 5, cursor: first.next })
    expect([...first.results, ...rest.results].map((line) => line.with)).toEqual(['carol', 'Bob'])
    expect((await list(emil)).results[0]).toMatchObject({ with: 'ada', unread: 2 })
  })

  test('requires a limit of 1 to 100, a valid cursor and a session', async () => {
    for (const query of ['limit=0', 'limit=101', 'limit=', `cursor=${'x'.repeat(1001)}`]) {
      expect((await ada.get(`${paths.api.conversations}?${query}`)).status).toBe(422)
    }
    const invalid = [[], ['a', 1], [1, '1'], [-1, 1], [9e14, 1], [1.5, 1], [1, null], [{}, 1], [1, 1, 1]]
    for (const key of invalid) {
      const cursor = Buffer.from(JSON.stringify(key)).toString('base64url')
      expect((await ada.get(withQuery(paths.api.conversations, { cursor }))).status).toBe(400)
    }
    expect((await chat.stranger().get(paths.api.conversations)).status).toBe(401)
  })
})
