import { afterAll, describe, expect, test } from 'bun:test'
import { backends, openChat } from '../../test/support/chat.ts'
import { paths, withQuery } from '../../web/paths.ts'
import { transaction } from '../database/orm.ts'
import { deleteMessage } from './delete.ts'
import { parseMessageId } from './history.ts'

describe.each(backends)('deleting a message, on $name', async (backend) => {
  const chat = await openChat(backend)
  afterAll(() => chat.close())
  const [ada, bob] = [await chat.signUp('ada'), await chat.signUp('bob')]
  const remove = async (key: { conversation: number; seq: number }) => {
    const publish = await transaction(chat.deps, (em) => deleteMessage(chat.deps, { em, ...key }))
    publish()
  }
  const changes = async (since: number) =>
    (await bob.get(withQuery(paths.api.changes('ada'), { since }))).body

  test('erases the body, keeps `seq` and publishes a hint to both people', async () => {
    const first = await ada.say(bob, 'the first')
    const second = await ada.say(bob, 'the second')
    const events = [await ada.events(), await bob.events()]
    await remove(parseMessageId(first.id))
    for (const [stream, person] of [
      [events[0], 'bob'],
      [events[1], 'ada'],
    ] as const) {
      expect(await stream!.next('message')).toMatchObject({ id: first.id, seq: 1, version: 3, with: person })
      stream!.leave()
    }
    const { results, version } = await changes(second.version)
    expect([results.length, version]).toEqual([1, 3])
    expect(results[0]).toMatchObject({ id: first.id, seq: 1, body: '', deletedAt: expect.any(String) })
    expect((await ada.get(paths.api.message(second.id))).body).toEqual(second)
    const [stored] = await chat.deps.orm.em.fork().execute('select body from message where seq = 1')
    expect(stored?.body).toBe('')
  })

  test('has no effect the second time, or when the message does not exist', async () => {
    const before = await changes(0)
    await remove({ conversation: 1, seq: 1 })
    await remove({ conversation: 1, seq: 99 })
    expect(await changes(0)).toEqual(before)
    expect((await ada.say(bob, 'the third')).version).toBe(4)
  })
})
