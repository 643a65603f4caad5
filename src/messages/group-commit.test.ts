import { afterAll, beforeEach, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { backends, type Chat, mysql, openChat } from '../../test/support/chat.ts'
import { addCrowd } from '../../test/support/crowd.ts'
import type { ApiResponse, Person } from '../../test/support/person.ts'
import { paths } from '../../web/paths.ts'
import { ensureConversation } from '../conversations/lookup.ts'
import type { Deps } from '../process/deps.ts'
import { subscribeTo } from '../process/telemetry.ts'
import { GroupCommit, MAX_QUEUED, storeMessage } from './group-commit.ts'
import type { MessageView } from './schema.ts'

// Some tests wait for a timeout of the server.
setDefaultTimeout(180_000)

/** Sizes of the commits in the current test. */
const sizes: number[] = []
subscribeTo('chatapp:commit', ({ messages }) => sizes.push(messages))
beforeEach(() => void sizes.splice(0))

const send = (from: Person, to: Person, body: string, clientId?: string) =>
  from.post(paths.api.messages(to.username), { body, clientId })
const messagesBetween = async (one: Person, other: Person) =>
  (await one.get(`${paths.api.messages(other.username)}?limit=100`)).body.results as MessageView[]
const statuses = (responses: ApiResponse[]) => responses.map(({ status }) => status)
const upTo = (count: number) => Array.from({ length: count }, (_, n) => n + 1)

async function people(chat: Chat, ...names: string[]): Promise<Person[]> {
  return Promise.all(names.map((name) => chat.signUp(name)))
}

/** Creates conversations between accounts without a password; `store` adds a message to one. */
async function conversations(deps: Deps, count: number) {
  const prefix = `crowd-${crypto.randomUUID().slice(0, 8)}`
  const ids = await addCrowd(
    deps,
    Array.from({ length: count + 1 }, (_, n) => ({ username: `${prefix}-${n}` })),
  )
  return Promise.all(
    upTo(count).map(async (n) => {
      const conversation = await ensureConversation(deps, ids[n - 1]!, ids[n]!)
      const message = { conversation, sender: ids[n]!, people: [], requestedAt: 0 }
      const store = (body: string, clientId: string | null = null) =>
        storeMessage(deps, { ...message, clientId, body })
      return { conversation, sender: ids[n]!, store }
    }),
  )
}

describe.each(backends)('concurrent sends, on $name,', async (backend) => {
  const chat = await openChat(backend)
  afterAll(() => chat.close())
  const { deps } = chat
  const sql = (text: string) => deps.orm.em.fork().execute<Record<string, unknown>[]>(text)
  const isMysql = deps.config.databaseUrl !== null

  test('of many people in many conversations store each message once, without gaps', async () => {
    const crowd = await people(chat, ...upTo(12).map((n) => `many${n}`))
    const sent = await Promise.all(
      crowd.flatMap((from, n) =>
        upTo(8).map((k) => send(from, crowd[(n + (k % 2) + 1) % crowd.length]!, `${n} ${k}`, `${n}-${k}`)),
      ),
    )
    expect(statuses(sent)).toEqual(sent.map(() => 201))
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(sent.length)
    expect(Math.max(...sizes)).toBeGreaterThan(1)
    for (const [n, from] of crowd.entries()) {
      const messages = await messagesBetween(from, crowd[(n + 1) % crowd.length]!)
      expect(messages.map(({ seq, version }) => [seq, version])).toEqual(
        upTo(messages.length).map((k) => [k, k]),
      )
      expect(new Set(messages.map(({ clientId }) => clientId)).size).toBe(messages.length)
    }
    const [{ total }] = (await sql('select count(*) as total from message')) as [{ total: unknown }]
    expect(Number(total)).toBe(sent.length)
  })

  test('store the first messages of 64 conversations', async () => {
    const [hub] = await people(chat, 'hub')
    const ids = await addCrowd(
      deps,
      upTo(64).map((n) => ({ username: `spoke${n}` })),
    )
    expect(ids).toHaveLength(64)
    const sent = await Promise.all(
      upTo(64).map((n) => hub!.post(paths.api.messages(`spoke${n}`), { body: 'Hello!', clientId: 'hello' })),
    )
    expect(statuses(sent)).toEqual(upTo(64).map(() => 201))
    expect(new Set(sent.map(({ body }) => body.id)).size).toBe(64)
    const members = await sql(
      `select count(*) as total from member m join conversation c on c.id = m.conversation_id
       where c.low_id = ${ids[0]} or c.high_id = ${ids[0]}`,
    )
    expect(Number(members[0]!.total)).toBe(2)
  })

  test('share one transaction and get `seq` in order of arrival', async () => {
    const [one, two] = await conversations(deps, 2)
    const stored = await Promise.all(
      ['a', 'b', 'c', 'd', 'e', 'f'].map((body, n) => (n % 2 ? two! : one!).store(body)),
    )
    expect(sizes).toEqual([6])
    expect(stored.map(({ row }) => [row.seq, row.version, row.body])).toEqual([
      [1, 1, 'a'],
      [1, 1, 'b'],
      [2, 2, 'c'],
      [2, 2, 'd'],
      [3, 3, 'e'],
      [3, 3, 'f'],
    ])
    expect((await one!.store('g')).row).toMatchObject({ seq: 4, version: 4 })
  })

  test('update `last_seq`, `version` and `active_at` of each conversation', async () => {
    const [one, two] = await conversations(deps, 2)
    chat.advance(60)
    await Promise.all([one!.store('a'), one!.store('b'), two!.store('c')])
    const rows = await sql(
      `select last_seq, version, active_at from conversation
       where id in (${one!.conversation}, ${two!.conversation}) order by id`,
    )
    expect(rows.map(({ last_seq, version }) => [last_seq, version]).toSorted()).toEqual([
      [1, 1],
      [2, 2],
    ])
    expect(new Set(rows.map(({ active_at }) => String(active_at))).size).toBe(1)
    expect(rows[0]!.active_at).not.toBeNull()
  })

  test('with the same client ID in one transaction store one message, and do not affect others', async () => {
    const [one, two] = await conversations(deps, 2)
    await one!.store('before', 'known')
    sizes.splice(0)
    const stored = await Promise.all([
      one!.store('first', 'twice'),
      one!.store('first', 'twice'),
      one!.store('before', 'known'),
      two!.store('elsewhere', 'twice'),
      one!.store('none'),
      one!.store('null', 'null'),
      one!.store('none'),
    ])
    expect(sizes).toEqual([7])
    expect(stored.map(({ row, created }) => [row.body, row.seq, row.version, created])).toEqual([
      ['first', 2, 2, true],
      ['first', 2, 2, false],
      ['before', 1, 1, false],
      ['elsewhere', 1, 1, true],
      ['none', 3, 3, true],
      ['null', 4, 4, true],
      ['none', 5, 5, true],
    ])
  })

  test('with a used client ID and another body get 409, and do not affect others', async () => {
    const [ada, bob] = await people(chat, 'ada', 'bob')
    await send(ada!, bob!, 'first', 'used')
    const answers = await Promise.all([
      send(ada!, bob!, 'second', 'used'),
      send(bob!, ada!, 'third', 'used'),
      send(ada!, bob!, 'first', 'used'),
      send(ada!, bob!, 'one of two', 'new'),
      send(ada!, bob!, 'two of two', 'new'),
    ])
    expect(statuses(answers).slice(0, 3)).toEqual([409, 201, 200])
    expect(statuses(answers).slice(3).toSorted()).toEqual([201, 409])
    expect((await messagesBetween(ada!, bob!)).map(({ seq }) => seq)).toEqual([1, 2, 3])
  })

  test('store all messages but the one that the database rejects', async () => {
    const [carol, dan] = await people(chat, 'carol', 'dan')
    await send(carol!, dan!, 'before')
    await sql(
      isMysql
        ? `create trigger refusal before insert on message for each row
           begin if new.body = 'poison' then signal sqlstate '45000'; end if; end`
        : `create trigger refusal before insert on message when new.body = 'poison'
           begin select raise(rollback, 'refused'); end`,
    )
    const answers = await Promise.all(
      upTo(20).map((n) => send(n % 2 ? carol! : dan!, n % 2 ? dan! : carol!, n === 7 ? 'poison' : `${n}`)),
    )
    await sql('drop trigger refusal')
    expect(statuses(answers)).toEqual(upTo(20).map((n) => (n === 7 ? 500 : 201)))
    expect((await messagesBetween(carol!, dan!)).map(({ seq }) => seq)).toEqual(upTo(20))
  })

  test('get 503 while the disk is full, and succeed once there is space', async () => {
    const [erin, finn] = await people(chat, 'erin', 'finn')
    await send(erin!, finn!, 'before')
    const large = 'x'.repeat(4000)
    const all = () =>
      Promise.all(upTo(9).map((n) => send(erin!, finn!, `${n} ${large}`.slice(0, 4000), `${n}`)))
    if (isMysql) {
      await sql(`create trigger full before insert on message for each row
                 signal sqlstate 'HY000' set mysql_errno = 1114, message_text = 'The table is full'`)
    } else {
      const [{ page_count }] = (await sql('pragma page_count')) as [{ page_count: number }]
      await sql(`pragma max_page_count = ${page_count}`)
    }
    const refused = await all()
    await sql(isMysql ? 'drop trigger full' : 'pragma max_page_count = 1000000')
    expect(statuses(refused)).toEqual(upTo(9).map(() => 503))
    expect(refused[0]!.headers.get('retry-after')).toBe('10')
    expect(await messagesBetween(erin!, finn!)).toHaveLength(1)

    expect(statuses(await all())).toEqual(upTo(9).map(() => 201))
    expect((await messagesBetween(erin!, finn!)).map(({ seq }) => seq)).toEqual(upTo(10))
  })

  test('beyond the queue limit get 503 at once, and are stored when repeated', async () => {
    const crowd = await conversations(deps, 10)
    const beyond = 5
    const stored = await Promise.allSettled(
      upTo(MAX_QUEUED + beyond).map((n) => crowd[n % crowd.length]!.store(`${n}`, `${n}`)),
    )
    const refused = stored.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => reason)
    expect(refused).toHaveLength(beyond)
    expect(refused[0]).toMatchObject({ status: 503, headers: { 'retry-after': '1' } })
    for (const n of upTo(MAX_QUEUED + beyond).slice(-beyond)) {
      expect(await crowd[n % crowd.length]!.store(`${n}`, `${n}`)).toMatchObject({ created: true })
    }
    const rows = await sql(
      `select last_seq from conversation where id in (${crowd.map(({ conversation }) => conversation)})`,
    )
    expect(rows.reduce((sum, { last_seq }) => sum + Number(last_seq), 0)).toBe(MAX_QUEUED + beyond)
  })
})

describe.each(backends)(
  'a send whose transaction was undone because of another process, on $name,',
  async (backend) => {
    const chat = await openChat(backend)
    afterAll(() => chat.close())

    test('is answered as new by the process that stored it, and by no other', async () => {
      const { orm } = chat.deps
      let isFirst = true
      /** Undoes the first transaction at its commit, after which another process stores the message. */
      const fork = () => {
        const em = orm.em.fork()
        const transactional = em.transactional.bind(em)
        em.transactional = (async (work: Parameters<typeof transactional>[0]) => {
          if (!isFirst) return transactional(work)
          isFirst = false
          const undone = transactional(async (inner) => {
            await work(inner)
            throw Object.assign(new Error('Deadlock found when trying to get lock'), { errno: 1213 })
          })
          await undone.catch(() => {})
          expect((await elsewhere(one.store)).created).toBe(true)
          return undone
        }) as never
        return em
      }
      const deps = {
        ...chat.deps,
        groupCommit: new GroupCommit(),
        orm: {
          em: { fork, getDriver: () => orm.em.getDriver(), getPlatform: () => orm.em.getPlatform() },
        } as never,
      }
      const [one] = (await conversations(chat.deps, 1)) as [Awaited<ReturnType<typeof conversations>>[0]]
      const elsewhere = (store: typeof one.store) => store('once', 'same')
      const message = { conversation: one.conversation, sender: one.sender, people: [], requestedAt: 0 }
      const stored = await storeMessage(deps, { ...message, body: 'once', clientId: 'same' })
      expect([stored.created, stored.row.seq]).toEqual([false, 1])
    })
  },
)

describe('a send to a cluster', async () => {
  const chat = await openChat(mysql)
  afterAll(() => chat.close())
  const sql = (text: string) => chat.deps.orm.em.fork().execute(text)
  const [ada, bob] = (await people(chat, 'ada', 'bob')) as [Person, Person]
  await ada.say(bob, 'first')
  // An engine without transactions, so that the count survives a rollback.
  await sql('create table failure (n int not null, number int not null) engine = MyISAM')
  await sql('insert into failure values (0, 0)')
  await sql(`create trigger fail before insert on message for each row begin
      declare left_over, number_to_signal int;
      select n, number into left_over, number_to_signal from failure;
      if left_over > 0 then
        update failure set n = n - 1;
        signal sqlstate 'HY000' set mysql_errno = number_to_signal, message_text = 'A failure of the cluster for key ''PRIMARY''';
      end if;
    end`)

  test.each([
    [1047, 'a Galera node without quorum'],
    [1062, 'a message stored at the same position, where `skip locked` is ignored'],
    [1213, 'a conflict with another node of Galera'],
    [1290, 'a demoted primary'],
    [1836, 'a read-only server'],
    [1927, 'a killed connection'],
    [3100, 'a failed hook of Group Replication'],
    [3101, 'a conflict with another member of Group Replication'],
    [4031, 'a connection that was idle for too long'],
    [8022, 'a commit that TiDB undid'],
    [9007, 'a write conflict of TiDB'],
  ])('is repeated after error %d, %s, and stored once', async (number) => {
    const before = (await messagesBetween(ada, bob)).length
    await sql(`update failure set n = 4, number = ${number}`)
    const sent = await Promise.all(upTo(3).map((n) => send(ada, bob, `${number} ${n}`, `${number}-${n}`)))
    expect(statuses(sent)).toEqual([201, 201, 201])
    const messages = await messagesBetween(ada, bob)
    expect(
      messages
        .slice(before)
        .map(({ body }) => body)
        .toSorted(),
    ).toEqual(upTo(3).map((n) => `${number} ${n}`))
    expect(messages.map(({ seq }) => seq)).toEqual(upTo(before + 3))
  })
})
