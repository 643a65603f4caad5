import { afterAll, describe, expect, test } from 'bun:test'
import { backends, openChat } from '../../test/support/chat.ts'
import { paths, withQuery } from '../../web/paths.ts'
import { changeMessage } from './change-message.ts'
import { parseMessageId } from './history.ts'
import type { ChangesView } from './schema.ts'

describe.each(backends)('changeMessage, on $name', async (backend) => {
  const chat = await openChat(backend)
  afterAll(() => chat.close())
  const { deps } = chat
  const [ada, bob] = [await chat.signUp('ada'), await chat.signUp('bob')]
  const changes = async (since: number) =>
    (await bob.get(withQuery(paths.api.changes('ada'), { since }))).body as ChangesView

  test('updates the message under the next version and publishes one hint to each person', async () => {
    const { id, version } = await ada.say(bob, 'before')
    const streams = [await ada.events(), await bob.events()] as const
    const editedAt = new Date('2026-11-27T08:15:30.123Z')
    await changeMessage(deps, parseMessageId(id), ({ body }) => ({ body: `${body} and after`, editedAt }))
    const next = await ada.say(bob, 'next')
    for (const [stream, person] of [
      [streams[0], 'bob'],
      [streams[1], 'ada'],
    ] as const) {
      expect(await stream.next()).toMatchObject({
        ...{ type: 'message', id, version: version + 1, with: person },
      })
      expect(await stream.next()).toMatchObject({ id: next.id, version: version + 2 })
      stream.leave()
    }
    expect((await changes(version)).results[0]).toMatchObject({
      ...{ id, version: version + 1, body: 'before and after', editedAt: editedAt.toISOString() },
    })
  })

  test('gives concurrent changes and sends of a conversation distinct versions', async () => {
    const first = await ada.say(bob, '1')
    const second = await bob.say(ada, '2')
    const { version } = second
    const append = (id: string, text: string) =>
      changeMessage(deps, parseMessageId(id), ({ body }) => ({ body: `${body}${text}` }))
    const edits = [
      append(first.id, 'a'),
      append(first.id, 'b'),
      append(second.id, 'c'),
      append(second.id, 'd'),
    ]
    await Promise.all([...edits, ada.say(bob, '3'), bob.say(ada, '4')])
    const seen = await changes(0)
    const versions = seen.results.map((message) => message.version)
    expect(new Set(versions).size).toBe(versions.length)
    expect(seen.version).toBe(version + 6)
    const bodyOf = (id: string) => seen.results.find((message) => message.id === id)!.body
    expect([...bodyOf(first.id)].toSorted()).toEqual(['1', 'a', 'b'])
    expect([...bodyOf(second.id)].toSorted()).toEqual(['2', 'c', 'd'])
  })

  test('changes nothing and publishes nothing when the callback throws or returns null', async () => {
    const { id } = await ada.say(bob, 'stays')
    const before = await changes(0)
    const stream = await bob.events()
    const failure = new Error('not yours')
    const failing = changeMessage(deps, parseMessageId(id), () => {
      throw failure
    })
    expect(await failing.catch((error) => error)).toBe(failure)
    await changeMessage(deps, parseMessageId(id), () => null)
    expect(await changes(0)).toEqual(before)
    const next = await ada.say(bob, 'next')
    expect(next.version).toBe(before.version + 1)
    expect(await stream.next()).toMatchObject({ id: next.id })
    stream.leave()
  })

  test('does not call the callback for a message that does not exist', async () => {
    const before = await changes(0)
    const { conversation } = parseMessageId(before.results[0]!.id)
    for (const place of [
      { conversation, seq: 999 },
      { conversation: 999_999, seq: 1 },
    ]) {
      await changeMessage(deps, place, () => {
        throw new Error('called')
      })
    }
    expect(await changes(0)).toEqual(before)
  })
})
