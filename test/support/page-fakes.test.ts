import { expect, test } from 'bun:test'
import type { ChangesView, MessagePageView, MessageView } from '../../src/messages/schema.ts'
import { ApiError, createApi } from '../../web/sync/api.ts'
import { browserClock } from '../../web/sync/clock.ts'
import { openChat, sqlite } from './chat.ts'
import { FakeServer } from './page-fakes.ts'
import type { Person } from './person.ts'

type Server = {
  /** Ada sends to Bob. */
  send(message: { body: string; clientId: string }): Promise<MessageView>
  changes(since: number): Promise<ChangesView>
  earlier(before: number): Promise<MessagePageView>
}

/** Sends the same requests to either server, and returns all responses. */
async function conversation(server: Server): Promise<unknown[]> {
  const answers: unknown[] = []
  const record = async (answer: Promise<unknown>) =>
    void answers.push(await answer.catch((error) => (error instanceof ApiError ? error.status : error)))
  await record(server.changes(0))
  for (let n = 1; n <= 120; n++) await server.send({ body: `message ${n}`, clientId: `c${n}` })
  await record(server.send({ body: 'message 7', clientId: 'c7' }))
  await record(server.send({ body: 'another text', clientId: 'c7' }))
  for (const since of [0, 20, 70, 119, 120]) await record(server.changes(since))
  for (const before of [121, 60, 51, 2, 1]) await record(server.earlier(before))
  return answers
}

/** Without the values that differ by chance: the ID of the conversation, and times. */
const comparable = (answers: unknown[]) =>
  JSON.parse(JSON.stringify(answers), (key, value) =>
    key === 'createdAt' ? 'a time' : key === 'id' ? `${value}`.replace(/^\d+/, '1') : value,
  )

test('the fake server of the page tests responds like the real one', async () => {
  const chat = await openChat(sqlite)
  const [ada, bob] = [await chat.signUp('ada'), await chat.signUp('bob')]
  const api = (person: Person) =>
    createApi({ fetch: (path, init) => person.fetch(path, init), clock: browserClock, onSignedOut() {} })
  const real = await conversation({
    send: (message) => api(ada).send('bob', message),
    changes: (since) => api(bob).changes('ada', since),
    earlier: (before) => api(bob).earlier('ada', before),
  })
  const fake = Object.assign(new FakeServer(), { person: 'ada' })
  const faked = await conversation({
    send: async (message) => fake.post('ada', 'bob', message),
    changes: async (since) => fake.changes(since),
    earlier: async (before) => fake.page(before, 50),
  })
  expect(comparable(faked)).toEqual(comparable(real))
  await chat.close()
})
