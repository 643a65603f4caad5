import { afterAll, describe, expect, test } from 'bun:test'
import { backends, openChat } from '../../test/support/chat.ts'
import type { Person } from '../../test/support/person.ts'
import { paths } from '../../web/paths.ts'

describe.each(backends)('one row of the list of conversations, on $name,', async (backend) => {
  const chat = await openChat(backend)
  afterAll(() => chat.close())
  const [ada, bob, eve] = [await chat.signUp('ada'), await chat.signUp('Bob'), await chat.signUp('eve')]
  const row = (person: Person, other: string) => person.get(paths.api.conversation(other))

  test('has no message and zeros before the first message', async () => {
    expect(await row(ada, 'bob')).toMatchObject({
      status: 200,
      body: { id: null, with: 'Bob', lastMessage: null, unread: 0, lastSeq: 0, readSeq: 0, version: 0 },
    })
  })

  test('equals the row in the list of each person', async () => {
    await bob.say(ada, 'hello')
    await bob.say(ada, 'are you there?')
    await eve.say(ada, 'another conversation')
    await ada.put(paths.api.read('bob'), { seq: 1 })
    for (const [person, other] of [
      [ada, 'Bob'],
      [bob, 'ada'],
    ] as const) {
      const { results } = (await person.get(paths.api.conversations)).body
      const listed = results.find((one: { with: string }) => one.with === other)
      expect((await row(person, other.toLowerCase())).body).toEqual(listed)
    }
    expect((await row(ada, 'bob')).body).toMatchObject({ unread: 1, lastSeq: 2, readSeq: 1, version: 2 })
  })

  test('exists for own notes', async () => {
    await ada.say(ada, 'buy milk')
    expect((await row(ada, 'ada')).body).toMatchObject({ with: 'ada', unread: 0, lastSeq: 1 })
  })

  test('shows nothing of other conversations, and is 404 for an unknown user', async () => {
    expect((await row(eve, 'bob')).body).toMatchObject({ with: 'Bob', lastMessage: null, version: 0 })
    expect((await row(ada, 'nobody')).status).toBe(404)
    expect((await row(ada, 'no name')).status).toBe(404)
    expect((await row(chat.stranger(), 'bob')).status).toBe(401)
  })
})
