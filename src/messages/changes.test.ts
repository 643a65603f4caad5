import { afterAll, describe, expect, test } from 'bun:test'
import { setImmediate } from 'node:timers/promises'
import { backends, openChat } from '../../test/support/chat.ts'
import type { Person } from '../../test/support/person.ts'
import { paths, withQuery } from '../../web/paths.ts'
import { ConversationEntity } from '../conversations/entity.ts'
import { MessageEntity } from './entity.ts'
import type { ChangesView } from './schema.ts'

describe.each(backends)('the changes of a conversation, on $name,', async (backend) => {
  // One test polls without a pause.
  const chat = await openChat(backend, { env: { RATE_LIMITS: 'off' } })
  afterAll(() => chat.close())
  const ada = await chat.signUp('ada')
  const bob = await chat.signUp('bob')

  const changes = async (person: Person, other: Person, query: { since: number; limit?: number }) => {
    const { status, body } = await person.get(withQuery(paths.api.changes(other.username), query))
    expect(status).toBe(200)
    return body as ChangesView
  }

  const bobAsPerson = { username: 'bob', displayName: 'bob', avatar: null, deleted: false }
  const refusal = {
    status: 422,
    body: { errors: [{ field: 'since', code: 'unknown_version' }] },
  }

  test('are empty before the first message', async () => {
    expect(await changes(ada, bob, { since: 0 })).toEqual({
      person: bobAsPerson,
      results: [],
      version: 0,
      more: false,
    })
    expect(await ada.get(`${paths.api.changes('bob')}?since=1`)).toMatchObject(refusal)
    expect((await ada.get(`${paths.api.changes('nobody')}?since=0`)).status).toBe(404)
  })

  test('contain every message once, in version order, for both people', async () => {
    for (let n = 1; n <= 7; n++) await (n % 2 ? ada.say(bob, `${n}`) : bob.say(ada, `${n}`))
    for (const [person, other] of [
      [ada, bob],
      [bob, ada],
    ] as const) {
      const seen: string[] = []
      for (let page = await changes(person, other, { since: 0, limit: 3 }); ; ) {
        seen.push(...page.results.map(({ body }) => body))
        expect(page.version).toBe(page.results.at(-1)!.version)
        if (!page.more) break
        page = await changes(person, other, { since: page.version, limit: 3 })
      }
      expect(seen).toEqual(['1', '2', '3', '4', '5', '6', '7'])
    }
  })

  test('have `more` false on a full last page', async () => {
    expect(await changes(ada, bob, { since: 0, limit: 7 })).toMatchObject({ version: 7, more: false })
    expect(await changes(ada, bob, { since: 0, limit: 6 })).toMatchObject({ version: 6, more: true })
  })

  test('are empty, with the current version, for a client that is up to date', async () => {
    expect(await changes(ada, bob, { since: 7 })).toEqual({
      person: bobAsPerson,
      results: [],
      version: 7,
      more: false,
    })
  })

  test('are refused since a version that the conversation does not have', async () => {
    for (const since of [8, 99_999, 4_294_967_295])
      expect(await ada.get(withQuery(paths.api.changes('bob'), { since }))).toMatchObject(refusal)
  })

  test('contain a changed message again, in its current state, after later messages', async () => {
    const [, conversation] = /^(\d+)-/.exec((await ada.say(bob, 'eighth')).id)!
    // What an edit and a deletion store.
    const em = chat.deps.orm.em.fork()
    await em.nativeUpdate(ConversationEntity, Number(conversation), { version: 10 })
    await em.nativeUpdate(
      MessageEntity,
      { conversation: Number(conversation), seq: 2 },
      { body: 'two, edited', editedAt: new Date('2026-11-23T08:15:30.123Z'), version: 9 },
    )
    await em.nativeUpdate(
      MessageEntity,
      { conversation: Number(conversation), seq: 3 },
      { deletedAt: new Date('2026-11-23T08:15:31.456Z'), version: 10 },
    )
    const { results, version } = await changes(bob, ada, { since: 7 })
    expect(version).toBe(10)
    expect(results).toMatchObject([
      { seq: 8, version: 8, body: 'eighth' },
      { seq: 2, version: 9, body: 'two, edited', editedAt: '2026-11-23T08:15:30.123Z', deletedAt: null },
      { seq: 3, version: 10, body: '', editedAt: null, deletedAt: '2026-11-23T08:15:31.456Z' },
    ])
  })

  test('are complete for a client that polls while others send', async () => {
    const [dora, emil] = [await chat.signUp('dora'), await chat.signUp('emil')]
    const sends = Promise.all(
      Array.from({ length: 40 }, (_, n) => (n % 2 ? dora.say(emil, `${n}`) : emil.say(dora, `${n}`))),
    )
    const seen = new Map<number, string>()
    let since = 0
    const catchUp = async () => {
      for (let more = true; more; ) {
        const page = await changes(dora, emil, { since, limit: 5 })
        for (const { seq, id } of page.results) seen.set(seq, id)
        more = page.more
        since = page.version
      }
    }
    let sending = true
    const done = sends.finally(() => {
      sending = false
    })
    while (sending) {
      await catchUp()
      // Let the sends proceed, as network latency would.
      await setImmediate()
    }
    const sent = await done
    await catchUp()
    expect([...seen.values()]).toEqual(sent.toSorted((a, b) => a.seq - b.seq).map(({ id }) => id))
  })

  test('require `since` to be a non-negative integer', async () => {
    for (const query of [
      '',
      '?since=',
      '?since=-1',
      '?since=1.5',
      '?since=x',
      '?since=4294967296',
      '?since=0&limit=0',
      '?since=0&limit=101',
    ]) {
      expect((await ada.get(`${paths.api.changes('bob')}${query}`)).status).toBe(422)
    }
  })
})
