import { afterAll, afterEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { type Backend, mysql, openChat } from '../../test/support/chat.ts'
import type { Answer, Person } from '../../test/support/person.ts'
import { openWire } from '../../test/support/wire.ts'
import { paths } from '../../web/paths.ts'
import type { MessageView } from './schema.ts'

// Some wait until the server has lost its patience.
setDefaultTimeout(30_000)

const send = (from: Person, to: Person, body: string, clientId?: string) =>
  from.post(paths.api.messages(to.username), { body, clientId })
/** Again as long as it is put off. */
async function insist(...message: Parameters<typeof send>): Promise<Answer> {
  for (;;) {
    const answer = await send(...message)
    if (answer.status !== 503) return answer
  }
}
const said = async (one: Person, other: Person) =>
  (await one.get(`${paths.api.messages(other.username)}?limit=100`)).body.results as MessageView[]
const statuses = (answers: Answer[]) => answers.map(({ status }) => status)
const upTo = (count: number) => Array.from({ length: count }, (_, n) => n + 1)
const waits = ({ status, headers }: Answer) => [status, Number(headers.get('retry-after')) > 0]

describe('sending, while MySQL is in trouble,', async () => {
  const settings = mysql.settings()
  const wire = await openWire(settings.DATABASE_URL!)
  const wired: Backend = { name: 'MySQL', settings: () => ({ ...settings, DATABASE_URL: wire.url }) }
  const chat = await openChat(wired)
  const beside = await openChat(mysql, { env: { ...chat.env, DATABASE_URL: settings.DATABASE_URL! } })
  const [ada, bob, carol, dan] = (await Promise.all(
    ['ada', 'bob', 'carol', 'dan'].map((name) => chat.signUp(name)),
  )) as [Person, Person, Person, Person]
  await ada.say(bob, 'first')
  await carol.say(dan, 'first')
  afterEach(() => wire.letGo())
  afterAll(async () => {
    await beside.close()
    await chat.close()
    wire.close()
  })

  /** Locks the conversation of Ada and Bob as another process would, until it is told to let go. */
  async function lockElsewhere() {
    const em = beside.deps.orm.em.fork()
    await em.begin()
    const [{ id }] = await em.execute<[{ id: number }]>(
      `select c.id from conversation c join user u on u.id = c.low_id join user v on v.id = c.high_id
       where u.username in ('ada', 'bob') and v.username in ('ada', 'bob') and u.id <> v.id`,
    )
    await em.execute(`select id from conversation where id = ${id} for update`)
    return () => em.rollback()
  }

  test('a conversation that is locked elsewhere waits for its turn, and holds up nobody else', async () => {
    const release = await lockElsewhere()
    const before = (await said(ada, bob)).length
    let landed = 0
    const held = upTo(5).map((n) =>
      send(ada, bob, `held ${n}`, `held-${n}`).finally(() => {
        landed++
      }),
    )
    for (const n of upTo(5)) expect((await send(carol, dan, `free ${n}`)).status).toBe(201)
    expect(landed).toBe(0)
    await release()
    expect(statuses(await Promise.all(held))).toEqual(upTo(5).map(() => 201))
    expect(await said(ada, bob)).toHaveLength(before + 5)
  })

  test('one that is locked for long is put off with 503, and lands once when it is repeated', async () => {
    const release = await lockElsewhere()
    const before = (await said(ada, bob)).length
    expect(waits(await send(ada, bob, 'long', 'long'))).toEqual([503, true])
    await release()
    expect((await send(ada, bob, 'long', 'long')).status).toBe(201)
    expect(await said(ada, bob)).toHaveLength(before + 1)
  })

  test.each(['before', 'after'])(
    'a connection that breaks %s the commit loses nothing and doubles nothing that has a client ID, and tells both',
    async (when) => {
      const before = (await said(ada, bob)).length
      const events = await bob.events()
      const atCommit = when === 'before' ? wire.holdBack('commit') : wire.holdReplyTo('commit')
      const first = send(ada, bob, '1', `${when}-1`)
      await atCommit
      // These may be cut off before they reach the queue, and are put off then.
      const others = [2, 3].map((n) => insist(ada, bob, `${n}`, `${when}-${n}`))
      wire.cut()
      wire.letGo()
      expect((await first).status).toBe(201)
      for (const { status } of await Promise.all(others)) expect(status).toBeOneOf([200, 201])
      const messages = await said(bob, ada)
      expect(messages.map(({ seq }) => seq)).toEqual(upTo(before + 3))
      for (const _ of upTo(3)) expect(await events.next('message')).toMatchObject({ with: 'ada' })
      await events.leave()
      // It is not the first any more.
      expect((await send(ada, bob, '1', `${when}-1`)).status).toBe(200)
      expect((await send(ada, bob, 'other', `${when}-1`)).status).toBe(409)
    },
  )

  test.each(['before', 'after'])(
    'a connection that breaks %s the commit of a message without a client ID is told, for it is not tried again',
    async (when) => {
      const before = (await said(ada, bob)).length
      const atCommit = when === 'before' ? wire.holdBack('commit') : wire.holdReplyTo('commit')
      const sent = send(ada, bob, 'nameless')
      await atCommit
      wire.cut()
      wire.letGo()
      const answer = await sent
      expect(waits(answer)).toEqual([503, true])
      expect(answer.body.detail).toContain('not known')
      expect(await said(ada, bob)).toHaveLength(when === 'before' ? before : before + 1)
    },
  )

  test('a connection that breaks before there is anything to commit is no trouble for any message', async () => {
    const before = (await said(ada, bob)).length
    const atInsert = wire.holdBack('insert into `message`')
    const sent = send(ada, bob, 'nameless')
    await atInsert
    wire.cut()
    wire.letGo()
    expect((await sent).status).toBe(201)
    expect(await said(ada, bob)).toHaveLength(before + 1)
  })

  test('connections that are killed over and over lose nothing that was acknowledged, and double nothing', async () => {
    const before = (await said(carol, dan)).length
    let sending = true
    const sent = Promise.all(upTo(40).map((n) => insist(carol, dan, `${n}`, `killed-${n}`))).finally(() => {
      sending = false
    })
    const name = new URL(settings.DATABASE_URL!).pathname.slice(1)
    const em = beside.deps.orm.em.fork()
    // Then they have had their share, and what is left goes through.
    for (let kills = 0; sending && kills < 100; kills++) {
      const running = await em.execute<{ id: number }[]>(
        `select id from information_schema.processlist where db = '${name}' and id <> connection_id()`,
      )
      for (const { id } of running.slice(0, 1)) await em.execute(`kill ${id}`).catch(() => {})
    }
    for (const { status } of await sent) expect(status).toBeOneOf([200, 201])
    let messages: MessageView[] | undefined
    while (!messages) messages = await said(carol, dan)
    expect(messages.map(({ seq }) => seq)).toEqual(upTo(before + 40))
    expect(new Set(messages.map(({ clientId }) => clientId).filter(Boolean)).size).toBe(40)
  })

  test('a lost deadlock is tried again until it is won', async () => {
    const sql = (text: string) => beside.deps.orm.em.fork().execute(text)
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
    const last = (await said(ada, bob)).slice(-2).map(({ body }) => body)
    expect(last.toSorted()).toEqual(['with', 'without'])
  })

  test('a database that hangs keeps nobody waiting for ever, and works on when it comes back', async () => {
    const before = (await said(ada, bob)).length
    const hanging = wire.holdBack('insert into `message`')
    const sent = Promise.all(upTo(3).map((n) => send(ada, bob, `${n}`, `hang-${n}`)))
    await hanging
    const read = ada.get(paths.api.conversations)
    expect((await sent).map(waits)).toEqual(upTo(3).map(() => [503, true]))
    expect(waits(await read)).toEqual([503, true])
    wire.letGo()
    // What was under way may have landed since; nobody can know.
    const again = await Promise.all(upTo(3).map((n) => insist(ada, bob, `${n}`, `hang-${n}`)))
    for (const { status } of again) expect(status).toBeOneOf([200, 201])
    expect(await said(ada, bob)).toHaveLength(before + 3)
  })

  test('a connection that hangs holds up nothing but what it carries', async () => {
    const hanging = wire.holdBackOne('insert into `message`')
    const sent = send(ada, bob, 'hung', 'hung')
    await hanging
    expect(waits(await sent)).toEqual([503, true])
    expect((await send(carol, dan, 'goes on')).status).toBe(201)
  })

  test('what is stored after it was put off is told to both all the same, once', async () => {
    const streams = [await carol.events(), await dan.events()]
    const hanging = wire.holdBackOne('insert into `message`')
    const sent = send(carol, dan, 'late', 'late')
    await hanging
    expect(waits(await sent)).toEqual([503, true])
    wire.letGo()
    const told = await Promise.all(streams.map((stream) => stream.next('message')))
    const again = await send(carol, dan, 'late', 'late')
    expect([again.status, again.body]).toEqual([200, expect.objectContaining({ body: 'late' })])
    const next = await carol.say(dan, 'next')
    for (const event of told) expect(event).toMatchObject({ id: again.body.id })
    for (const stream of streams) {
      expect(await stream.next('message')).toMatchObject({ id: next.id })
      stream.leave()
    }
  })

  test('when all connections are taken a request is put off with 503, and goes through when one is free', async () => {
    const taken = upTo(16).map(() => chat.deps.orm.em.fork())
    await Promise.all(taken.map((em) => em.begin()))
    const answers = await Promise.all([
      send(ada, bob, 'now?', 'taken'),
      ...taken.map(() => ada.get(paths.api.conversations)),
    ])
    for (const answer of answers) expect(waits(answer)).toEqual([503, true])
    await Promise.all(taken.map((em) => em.rollback()))
    expect((await ada.get(paths.api.conversations)).status).toBe(200)
    expect((await send(ada, bob, 'now?', 'taken')).status).toBe(201)
  })

  test('two processes that store for the same conversations at once leave no gap and nothing twice', async () => {
    const there = beside.stranger()
    await there.signIn('ada')
    const before = (await said(ada, bob)).length
    const either = upTo(4).flatMap((lane) =>
      [ada, there].map(async (person) => {
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
    const messages = await said(bob, ada)
    expect(messages.map(({ seq, version }) => [seq, version])).toEqual(upTo(before + 48).map((n) => [n, n]))
    expect((await said(carol, ada)).map(({ seq }) => seq)).toEqual(upTo(80))
  })
})
