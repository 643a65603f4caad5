import { afterAll, describe, expect, test } from 'bun:test'
import type { QueryExecutor } from 'kysely'
import { sha256 } from '../../src/database/hash.ts'
import { type StoredTables, toStoredTime } from '../../src/database/tables.ts'
import { paths } from '../../web/paths.ts'
import { backends, mysql, openChat } from '../support/chat.ts'
import { addCrowd, inChunks } from '../support/crowd.ts'

/** Enough rows to make a full scan expensive for the planner. */
const PEOPLE = 10_000
const CONVERSATIONS = 1000
const MESSAGES = 8000

/** Index lookups as `table: index`, full table scans, and sorts. */
type Plan = { found: string[]; scanned: string[]; sorted: string[] }

describe.each(backends)('the query plan, on $name,', async (backend) => {
  const chat = await openChat(backend)
  afterAll(() => chat.close())
  const { orm } = chat.deps
  const ada = await chat.signUp('ada')
  const bob = await chat.signUp('bob')
  const { id } = await ada.say(bob, 'the first of many', 'first')
  await fill()
  const queries = recordQueries()

  /** Returns the combined plan of a request's queries, except authentication. */
  const planOf = async (request: Promise<{ status: number }>): Promise<Plan> => {
    const before = queries.length
    expect((await request).status).toBe(200)
    const executed = queries.slice(before).filter(({ sql }) => !sql.includes('secret_hash'))
    const plans = await Promise.all(executed.map(explain))
    return {
      found: plans.flatMap(({ found }) => found),
      scanned: plans.flatMap(({ scanned }) => scanned),
      sorted: plans.flatMap(({ sorted }) => sorted),
    }
  }
  const byIndex = (...found: string[]) => ({ found: expect.arrayContaining(found), scanned: [], sorted: [] })
  const thread = ['user: user_handle_unique', 'conversation: conversation_low_id_high_id_unique']

  test.each(['', '?limit=100', '?before=4000', '?after=4000'])(
    'for a page of history reads one range: %s',
    async (query) => {
      const plan = await planOf(ada.get(`${paths.api.messages('bob')}${query}`))
      expect(plan).toEqual(byIndex(...thread, 'message: primary'))
    },
  )

  test.each([0, MESSAGES - 10])('for the changes since %d reads one range', async (since) => {
    const plan = await planOf(ada.get(`${paths.api.changes('bob')}?since=${since}`))
    expect(plan).toEqual(byIndex(...thread, 'message: message_conversation_id_version_unique'))
  })

  test('for the conversation list reads the newest of both sides and sorts at most two pages', async () => {
    const { next } = (await ada.get(`${paths.api.conversations}?limit=20`)).body
    for (const query of ['', `?limit=20&cursor=${next}`]) {
      const plan = await planOf(ada.get(`${paths.api.conversations}${query}`))
      expect(plan).toEqual({
        ...byIndex(
          'conversation: conversation_low_id_active_at_id_index',
          'conversation: conversation_high_id_active_at_id_index',
          'message: primary',
          'member: primary',
          'user: primary',
        ),
        sorted: ['the result'],
      })
    }
  })

  test('for the list of people follows the username index', async () => {
    const { next } = (await ada.get(paths.api.users)).body
    for (const query of ['', `?cursor=${next}`]) {
      const plan = await planOf(ada.get(`${paths.api.users}${query}`))
      expect(plan).toEqual(byIndex('user: user_handle_unique'))
    }
  })

  test.each(['person12', 'common', 'c', 'nobody'])(
    'for the search %p follows the word index',
    async (search) => {
      const { next } = (await ada.get(`${paths.api.users}?search=${search}`)).body
      for (const query of next ? ['', `&cursor=${next}`] : ['']) {
        const plan = await planOf(ada.get(`${paths.api.users}?search=${search}${query}`))
        expect(plan).toEqual(
          byIndex('found: primary', 'user: primary', 'earlier: name_word_user_id_word_index'),
        )
      }
    },
  )

  test('for a search of several words has no full table scan', async () => {
    expect(await planOf(ada.get(`${paths.api.users}?search=common rare7 person`))).toMatchObject({
      found: expect.arrayContaining(['user: primary']),
      scanned: [],
    })
  })

  test('for one user or message reads one row', async () => {
    expect(await planOf(ada.get(paths.api.user('bob')))).toEqual(byIndex('u0: user_handle_unique'))
    expect(await planOf(ada.get(paths.api.message(id)))).toEqual(
      byIndex('message: primary', 'conversation: primary'),
    )
  })

  test('for a retried send reads one row', async () => {
    const again = ada.post(paths.api.messages('bob'), { body: 'the first of many', clientId: 'first' })
    expect(await planOf(again)).toEqual(
      byIndex(...thread, 'message: message_conversation_id_sender_id_client_id_unique'),
    )
  })

  test('for authentication reads one row', async () => {
    await ada.get(paths.api.session)
    expect(await explain(queries.at(-1)!)).toEqual(
      byIndex('session: session_secret_hash_unique', 'user: primary'),
    )
  })

  async function fill() {
    const crowd = await addCrowd(
      chat.deps,
      Array.from({ length: PEOPLE }, (_, n) => ({
        username: `person${n}`,
        displayName: `Common Rare${n % 50}`,
      })),
    )
    const db = orm.em.fork().getKysely<StoredTables>()
    const at = (seconds: number) => toStoredTime(orm, Date.UTC(2026, 0) + seconds * 1000)
    const messageRow = (conversation_id: number, seq: number, sender_id: number) => ({
      ...{
        conversation_id,
        seq,
        version: seq,
        sender_id,
        client_id: `${seq}`,
        body: 'x',
        body_hash: sha256('x'),
        created_at: at(seq),
      },
    })
    const { me } = await db
      .selectFrom('user')
      .select('id as me')
      .where('handle', '=', 'ada')
      .executeTakeFirstOrThrow()
    const talks = crowd.slice(0, CONVERSATIONS).flatMap((one, n) => [
      { low_id: me, high_id: one },
      { low_id: one, high_id: crowd[n + 1]! },
    ])
    for (const some of inChunks(
      talks.map((talk, n) => ({ ...talk, last_seq: 1, version: 1, active_at: at(n) })),
    )) {
      await db
        .insertInto('conversation')
        .values(some as never)
        .execute()
    }
    const known = await db
      .selectFrom('conversation')
      .select(['id', 'low_id', 'high_id'])
      .where('last_seq', '=', 1)
      .execute()
    const sides = known.flatMap(({ id, low_id, high_id }) =>
      [low_id, high_id].map((user_id) => ({ conversation_id: id, user_id })),
    )
    const long = Number(id.split('-')[0])
    const messages = [
      ...known.filter((talk) => talk.id !== long).map((talk) => messageRow(talk.id, 1, talk.high_id)),
      ...Array.from({ length: MESSAGES - 1 }, (_, n) => messageRow(long, n + 2, me)),
    ]
    for (const some of inChunks(sides.filter((side) => side.conversation_id !== long)))
      await db
        .insertInto('member')
        .values(some as never)
        .execute()
    // MySQL would update its statistics later. SQLite has none, so its plans must be right without.
    const analyze = (tables: string) => db.executeQuery({ sql: `analyze table ${tables}` } as never)
    // The statistics of messages are outdated after a burst: the plans must not depend on them.
    if (backend === mysql) await analyze('message')
    for (const some of inChunks(messages)) await db.insertInto('message').values(some).execute()
    await db
      .updateTable('conversation')
      .set({ last_seq: MESSAGES, version: MESSAGES })
      .where('id', '=', long)
      .execute()
    if (backend === mysql) await analyze('user, name_word, conversation, member')
  }

  /** Records all select queries through Kysely. */
  function recordQueries() {
    const read: { sql: string; parameters: readonly unknown[] }[] = []
    const listenTo = (executor: QueryExecutor) => {
      const execute = executor.executeQuery.bind(executor)
      executor.executeQuery = (query, options) => {
        if (query.sql.startsWith('select')) read.push(query)
        return execute(query, options)
      }
      // Transactions and the query builder use their own executors.
      const withConnection = executor.withConnectionProvider.bind(executor)
      executor.withConnectionProvider = (provider) => listenTo(withConnection(provider))
      const withPlugin = executor.withPlugin.bind(executor)
      executor.withPlugin = (plugin) => listenTo(withPlugin(plugin))
      return executor
    }
    listenTo(orm.em.getKysely().getExecutor())
    return read
  }

  async function explain({
    sql,
    parameters,
  }: {
    sql: string
    parameters: readonly unknown[]
  }): Promise<Plan> {
    const prefix = backend === mysql ? 'explain' : 'explain query plan'
    const rows = await orm.em.fork().execute<Record<string, string>[]>(`${prefix} ${sql}`, [...parameters])
    return backend === mysql ? readMysql(rows) : readSqlite(rows)
  }
})

function readMysql(rows: Record<string, string | null>[]): Plan {
  const tables = rows.filter(({ table }) => table && !table.startsWith('<'))
  const name = (table: string) => (table.startsWith('<') ? 'the result' : table)
  return {
    found: tables
      .filter(({ key }) => key)
      .map(({ table, key }) => `${table}: ${key === 'PRIMARY' ? 'primary' : key}`),
    // A `ref` on the primary key of several columns reads all rows of its first column.
    scanned: tables
      .filter(({ key, type }) => !key || (key === 'PRIMARY' && type === 'ref'))
      .map(({ table }) => table!),
    sorted: rows
      .filter(({ Extra }) => /filesort|temporary/.test(Extra ?? ''))
      .map(({ table }) => name(table ?? '<')),
  }
}

function readSqlite(rows: Record<string, string | number>[]): Plan {
  const plan: Plan = { found: [], scanned: [], sorted: [] }
  for (const { parent, detail } of rows) {
    const [, , table, index] =
      /^(SEARCH|SCAN) (\w+)(?: EXISTS)?(?: USING (?:COVERING )?(?:INDEX )?((?:INTEGER )?PRIMARY KEY|\w+))?/.exec(
        `${detail}`,
      ) ?? []
    if (/TEMP B-TREE/.test(`${detail}`)) plan.sorted.push(parent === 0 ? 'the result' : 'a part')
    else if (table && index)
      plan.found.push(`${table}: ${/PRIMARY KEY|autoindex/.test(index) ? 'primary' : index}`)
    // Subqueries of the conversation list, the changes and the word counts are no tables and have their own limits.
    else if (table && !['c', 'low_id', 'high_id', 'counted', 'unread', 'changed'].includes(table))
      plan.scanned.push(table)
  }
  return plan
}
