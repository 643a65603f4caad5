import { afterAll, describe, expect, test } from 'bun:test'
import { backends, openChat } from '../../test/support/chat.ts'
import { paths } from '../../web/paths.ts'
import type { StoredMessage } from './on-message-stored.ts'

describe.each(backends)('the hooks of a stored message, on $name', async (backend) => {
  const seen: StoredMessage[] = []
  const chat = await openChat(backend, {
    using: (deps) => ({
      ...deps,
      onMessageStored: [
        () => {
          throw new Error('a hook threw')
        },
        async () => {
          throw new Error('a hook rejected')
        },
        ...deps.onMessageStored,
        (_, message) => void seen.push(message),
      ],
    }),
  })
  afterAll(() => chat.close())
  const [ada, bob] = [await chat.signUp('ada'), await chat.signUp('bob')]

  test('run once for each new message, and a failed hook does not affect the send', async () => {
    const stream = await bob.events()
    const toBob = paths.api.messages('bob')
    const sent = await Promise.all([
      ada.post(toBob, { body: 'one', clientId: '1' }),
      ada.post(toBob, { body: 'two', clientId: '2' }),
      ada.post(toBob, { body: 'three' }),
    ])
    expect(sent.map(({ status }) => status)).toEqual([201, 201, 201])
    expect((await ada.post(toBob, { body: 'one', clientId: '1' })).status).toBe(200)
    expect((await ada.get(toBob)).body.results).toHaveLength(3)

    expect(seen.map(({ row }) => row.body).toSorted()).toEqual(['one', 'three', 'two'])
    expect(seen[0]!.people.map(({ username }) => username)).toEqual(['ada', 'bob'])
    for (const seq of [1, 2, 3]) expect(await stream.next('message')).toMatchObject({ seq, with: 'ada' })
    stream.leave()
    for (const failure of ['a hook threw', 'a hook rejected'])
      expect(chat.logged.filter((line) => line.includes(failure))).toHaveLength(3)
  })
})
