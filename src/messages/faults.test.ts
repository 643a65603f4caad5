import { afterAll, afterEach, describe, expect, test } from 'bun:test'
import { type Backend, mysql, openChat } from '../../test/support/chat.ts'
import type { ApiResponse, Person } from '../../test/support/person.ts'
import { openWire } from '../../test/support/wire.ts'
import { paths } from '../../web/paths.ts'
import type { MessageView } from './schema.ts'

const send = (from: Person, to: Person, body: string, clientId?: string) =>
  from.post(paths.api.messages(to.username), { body, clientId })
/** Sends again while the response is 503. */
async function sendUntilStored(...message: Parameters<typeof send>): Promise<ApiResponse> {
  for (;;) {
    const answer = await send(...message)
    if (answer.status !== 503) return answer
  }
}
const messagesBetween = async (one: Person, other: Person) =>
  (await one.get(`${paths.api.messages(other.username)}?limit=100`)).body.results as MessageView[]
const statuses = (responses: ApiResponse[]) => responses.map(({ status }) => status)
const upTo = (count: number) => Array.from({ length: count }, (_, n) => n + 1)
const busyResponse = ({ status, headers }: ApiResponse) => [status, Number(headers.get('retry-after')) > 0]

// The text of a message is only in the packet that stores it: statements are prepared before.
describe('sending while MySQL fails:', async () => {
  const settings = mysql.settings()
  const wire = await openWire(settings.DATABASE_URL!)
  const wired: Backend = { name: 'MySQL', settings: () => ({ ...settings, DATABASE_URL: wire.url }) }
  // A request may take seconds on a busy machine, and most of these tests are not about timeouts.
  const generous = { request: 60_000, query: 60_000 }
  const chat = await openChat(wired, { databaseTimeouts: generous })
  const second = await openChat(mysql, { env: { ...chat.env, DATABASE_URL: settings.DATABASE_URL! } })
  // The same database and proxy, for the tests that need a request to time out.
  const hurried = await openChat(wired, { env: chat.env, databaseTimeouts: { request: 500, query: 1500 } })
  const [ada, bob, carol, dan] = (await Promise.all(
    ['ada', 'bob', 'carol', 'dan'].map((name) => chat.signUp(name)),
  )) as [Person, Person, Person, Person]
  const [hurriedAda, hurriedCarol] = [ada, carol].map(({ token }) =>
    Object.assign(hurried.stranger(), { token }),
  ) as [Person, Person]
  await ada.say(bob, 'first')
  await carol.say(dan, 'first')
  afterEach(() => wire.letGo())
  afterAll(async () => {
    await hurried.close()
    await second.close()
    await chat.close()
    wire.close()
  })

  /** Locks the conversation of Ada and Bob from another process; returns the function that unlocks it. */
  async function lockFromAnotherProcess() {
    const em = second.deps.orm.em.fork()
    await em.begin()
    const [{ id }] = await em.execute<[{ id: number }]>(
      `select c.id from conversation c join user u on u.id = c.low_id join user v on v.id = c.high_id
       where u.username in ('ada', 'bob') and v.username in ('ada', 'bob') and u.id <> v.id`,
    )
    await em.execute(`select id from conversation where id = ${id} for update`)
    return () => em.rollback()
  }

  test('a conversation locked by another process delays no other conversation', async () => {
    const release = await lockFromAnotherProcess()
    const before = (await messagesBetween(ada, bob)).length
    let answered = 0
    const held = upTo(5).map((n) =>
      send(ada, bob, `held ${n}`, `held-${n}`).finally(() => {
        answered++
      }),
    )
    for (const n of upTo(5)) expect((await send(carol, dan, `free ${n}`)).status).toBe(201)
    // Conversations of the same people, too.
    for (const to of [ada, dan]) expect((await send(ada, to, 'free')).status).toBe(201)
    expect(answered).toBe(0)
    await release()
    expect(statuses(await Promise.all(held))).toEqual(upTo(5).map(() => 201))
    expect(await messagesBetween(ada, bob)).toHaveLength(before + 5)
  })

  test('a send to a conversation that stays locked gets 503, and is stored once when repeated', async () => {
    const release = await lockFromAnotherProcess()
    const before = (await messagesBetween(ada, bob)).length
    expect(busyResponse(await send(hurriedAda, bob, 'long', 'long'))).toEqual([503, true])
    await release()
    // 200 when the message was stored after the 503.
    expect((await sendUntilStored(ada, bob, 'long', 'long')).status).toBeOneOf([200, 201])
    expect(await messagesBetween(ada, bob)).toHaveLength(before + 1)
  })

  test.each(['before', 'after'])(
    'a connection lost %s the commit: each message with a client ID is stored once, and its event is published',
    async (when) => {
      const before = (await messagesBetween(ada, bob)).length
      const events = await bob.events()
      const atCommit = when === 'before' ? wire.holdBack('commit') : wire.holdReplyTo('commit')
      const first = send(ada, bob, '1', `${when}-1`)
      await atCommit
      // A connection may be cut before the message is queued: then the response is 503.
      const others = [2, 3].map((n) => sendUntilStored(ada, bob, `${n}`, `${when}-${n}`))
      wire.cut()
      wire.letGo()
      expect((await first).status).toBe(201)
      for (const { status } of await Promise.all(others)) expect(status).toBeOneOf([200, 201])
      const messages = await messagesBetween(bob, ada)
      expect(messages.map(({ seq }) => seq)).toEqual(upTo(before + 3))
      for (const _ of upTo(3)) expect(await events.next('message')).toMatchObject({ with: 'ada' })
      await events.leave()
      expect((await send(ada, bob, '1', `${when}-1`)).status).toBe(200)
      expect((await send(ada, bob, 'other', `${when}-1`)).status).toBe(409)
    },
  )

  test.each(['before', 'after'])(
    'a connection lost %s the commit: a message without a client ID gets 503 and is not stored twice',
    async (when) => {
      const before = (await messagesBetween(ada, bob)).length
      const atCommit = when === 'before' ? wire.holdBack('commit') : wire.holdReplyTo('commit')
      const sent = send(ada, bob, 'no client ID')
      await atCommit
      wire.cut()
      wire.letGo()
      const answer = await sent
      expect(busyResponse(answer)).toEqual([503, true])
      expect(answer.body.detail).toContain('not known')
      expect(await messagesBetween(ada, bob)).toHaveLength(when === 'before' ? before : before + 1)
    },
  )

  test('a connection lost before the insert: a message without a client ID is stored as well', async () => {
    const before = (await messagesBetween(ada, bob)).length
    const atInsert = wire.holdBack('without a client id')
    const sent = send(ada, bob, 'without a client ID')
    await atInsert
    wire.cut()
    wire.letGo()
    expect((await sent).status).toBe(201)
    expect(await messagesBetween(ada, bob)).toHaveLength(before + 1)
  })

  test('repeatedly killed connections: each acknowledged message is stored once', async () => {
    const before = (await messagesBetween(carol, dan)).length
    let sending = true
    const sent = Promise.all(upTo(40).map((n) => sendUntilStored(carol, dan, `${n}`, `killed-${n}`))).finally(
      () => {
        sending = false
      },
    )
    const name = new URL(settings.DATABASE_URL!).pathname.slice(1)
    const em = second.deps.orm.em.fork()
    // At most 100, so that the rest succeeds.
    for (let kills = 0; sending && kills < 100; kills++) {
      const running = await em.execute<{ id: number }[]>(
        `select id from information_schema.processlist where db = '${name}' and id <> connection_id()`,
      )
      for (const { id } of running.slice(0, 1)) await em.execute(`kill ${id}`).catch(() => {})
    }
    for (const { status } of await sent) expect(status).toBeOneOf([200, 201])
    let messages: MessageView[] | undefined
    while (!messages) messages = await messagesBetween(carol, dan)
    expect(messages.map(({ seq }) => seq)).toEqual(upTo(before + 40))
    expect(new Set(messages.map(({ clientId }) => clientId).filter(Boolean)).size).toBe(40)
  })

  test('a transaction that loses a deadlock is retried until it commits', async () => {
    const sql = (text: string) => second.deps.orm.em.fork().execute(text)
    await sql('create table tries (n int not null) engine = MyISAM')
    await sql('insert into tries values (0)')
    await sql(`create trigger deadlock before insert on message for each row begin
                 update tries set n = n + 1;
                 if (select n from tries) < 4 then signal sqlstate '40001' set mysql_errno = 1213; end if;
               end`)
    const answers = await Promise.all([send(ada, bob, 'with', 'deadlock'), send(ada, bob, 'without')])
    await sql('drop trigger deadlock')
    await sql('drop table tries')
    expect(statuses(answers)).toEqual([201, 201])
    const last = (await messagesBetween(ada, bob)).slice(-2).map(({ body }) => body)
    expect(last.toSorted()).toEqual(['with', 'without'])
  })

  test('a database that hangs: requests get 503, and succeed once it responds again', async () => {
    const before = (await messagesBetween(ada, bob)).length
    const hanging = wire.holdBack('held ')
    const sent = Promise.all(upTo(3).map((n) => send(hurriedAda, bob, `held ${n}`, `hang-${n}`)))
    await hanging
    const read = hurriedAda.get(paths.api.conversations)
    expect((await sent).map(busyResponse)).toEqual(upTo(3).map(() => [503, true]))
    expect(busyResponse(await read)).toEqual([503, true])
    wire.letGo()
    // The messages may have been stored after the 503.
    const again = await Promise.all(upTo(3).map((n) => sendUntilStored(ada, bob, `held ${n}`, `hang-${n}`)))
    for (const { status } of again) expect(status).toBeOneOf([200, 201])
    expect(await messagesBetween(ada, bob)).toHaveLength(before + 3)
  })

  test('a hanging connection delays no message on another connection', async () => {
    const hanging = wire.holdBackOne('the hung one')
    const sent = send(hurriedAda, bob, 'the hung one', 'hung')
    await hanging
    expect(busyResponse(await sent)).toEqual([503, true])
    expect((await sendUntilStored(hurriedCarol, dan, 'goes on', 'goes-on')).status).toBeOneOf([200, 201])
  })

  test('a message stored after its 503 is published to both people once', async () => {
    const streams = [await carol.events(), await dan.events()]
    const hanging = wire.holdBackOne('the late one')
    const sent = send(hurriedCarol, dan, 'the late one', 'late')
    await hanging
    expect(busyResponse(await sent)).toEqual([503, true])
    wire.letGo()
    const events = await Promise.all(streams.map((stream) => stream.next('message')))
    const again = await send(carol, dan, 'the late one', 'late')
    expect([again.status, again.body]).toEqual([200, expect.objectContaining({ body: 'the late one' })])
    const next = await carol.say(dan, 'next')
    for (const event of events) expect(event).toMatchObject({ id: again.body.id })
    for (const stream of streams) {
      expect(await stream.next('message')).toMatchObject({ id: next.id })
      stream.leave()
    }
  })

  test('requests get 503 while all connections are in use, and succeed once one is free', async () => {
    const taken = upTo(16).map(() => hurried.deps.orm.em.fork())
    await Promise.all(taken.map((em) => em.begin()))
    const answers = await Promise.all([
      send(hurriedAda, bob, 'now?', 'taken'),
      ...taken.map(() => hurriedAda.get(paths.api.conversations)),
    ])
    for (const answer of answers) expect(busyResponse(answer)).toEqual([503, true])
    await Promise.all(taken.map((em) => em.rollback()))
    expect((await hurriedAda.get(paths.api.conversations)).status).toBe(200)
    expect((await sendUntilStored(hurriedAda, bob, 'now?', 'taken')).status).toBeOneOf([200, 201])
  })

  test('two processes writing to the same conversations leave no gap and store each message once', async () => {
    const elsewhere = second.stranger()
    await elsewhere.signIn('ada')
    const before = (await messagesBetween(ada, bob)).length
    const either = upTo(4).flatMap((lane) =>
      [ada, elsewhere].map(async (person) => {
        const answered: number[] = []
        for (const n of upTo(12))
          answered.push((await send(person, bob, `${n}`, `either-${lane}-${n}`)).status)
        for (const n of upTo(10)) await person.say(carol, `${n}`)
        return answered
      }),
    )
    const answered = await Promise.all(either)
    for (const lane of upTo(4)) {
      const [one, other] = answered.slice(2 * lane - 2, 2 * lane)
      for (const n of upTo(12)) expect([one![n - 1], other![n - 1]].toSorted()).toEqual([200, 201])
    }
    const messages = await messagesBetween(bob, ada)
    expect(messages.map(({ seq, version }) => [seq, version])).toEqual(upTo(before + 48).map((n) => [n, n]))
    expect((await messagesBetween(carol, ada)).map(({ seq }) => seq)).toEqual(upTo(80))
  })
})
