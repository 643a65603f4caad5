import { afterAll, describe, expect, test } from 'bun:test'
import { backends, openChat } from '../../test/support/chat.ts'
import { paths } from '../../web/paths.ts'
import { transaction } from '../database/orm.ts'
import { deleteMessage } from '../messages/delete.ts'

describe.each(backends)('the number of unread messages, on $name,', async (backend) => {
  const chat = await openChat(backend, { env: { RATE_LIMITS: 'off' } })
  afterAll(() => chat.close())
  const [ada, bob] = [await chat.signUp('ada'), await chat.signUp('bob')]
  const send = (count: number) => Promise.all(Array.from({ length: count }, (_, n) => bob.say(ada, `${n}`)))
  const unread = async () => (await ada.get(paths.api.conversations)).body.results[0].unread as number

  test('is exact below 100, and 100 means 100 or more', async () => {
    await send(99)
    expect(await unread()).toBe(99)
    // Own messages do not count.
    await ada.say(bob, 'one of mine')
    expect(await unread()).toBe(99)
    await send(1)
    expect(await unread()).toBe(100)
    await send(50)
    expect(await unread()).toBe(100)
    await ada.put(paths.api.read('bob'), { seq: 51 })
    expect(await unread()).toBe(99)
    await ada.put(paths.api.read('bob'), { seq: 151 })
    expect(await unread()).toBe(0)
  })

  test('does not include deleted messages', async () => {
    const [first, second] = await send(2)
    expect(await unread()).toBe(2)
    for (const { id, seq } of [first!, second!]) {
      const key = { conversation: Number(id.split('-')[0]), seq }
      const publish = await transaction(chat.deps, (em) => deleteMessage(chat.deps, { em, ...key }))
      publish()
    }
    expect(await unread()).toBe(0)
  })
})
