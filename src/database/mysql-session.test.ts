import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { mysql, openChat } from '../../test/support/chat.ts'
import { paths, withQuery } from '../../web/paths.ts'
import { UserEntity } from '../accounts/users/entity.ts'
import { verifySession } from './mysql-session.ts'
import { queryBuilder } from './tables.ts'

// Long enough to catch only a hang.
setDefaultTimeout(180_000)

/** Would copy another user's password hash into a conversation if a backslash did not escape the quote. */
const INJECTION = `x',2,now(),null,null),(1,3,2,null,(select password_hash from user where username=0x76696374696d),3,now(),null,null)-- z`
const HOSTILE = [
  INJECTION,
  `q 's`,
  `\\'; drop table message; --`,
  '\\',
  `"'\`\\"`,
  `\u00bf'`,
  '?? ? :id',
  '\\% _',
]

/** Settings of servers that others run. */
const UNUSUAL = {
  sql_mode: "'NO_BACKSLASH_ESCAPES,ANSI_QUOTES,PIPES_AS_CONCAT'",
  time_zone: "'+05:30'",
  autocommit: '0',
  foreign_key_checks: '0',
  character_set_connection: "'latin1'",
  tx_isolation: "'READ-UNCOMMITTED'",
}

describe('a MySQL server with unusual settings', () => {
  const admin = new Bun.SQL(process.env.TEST_DATABASE_URL!, { max: 1 })
  const before = new Map<string, string>()
  beforeAll(async () => {
    for (const [name, value] of Object.entries(UNUSUAL)) {
      const [{ present }] = await admin.unsafe(`select @@global.${name} as present`)
      before.set(name, typeof present === 'string' ? `'${present}'` : `${present}`)
      await admin.unsafe(`set global ${name} = ${value}`)
    }
  })
  afterAll(async () => {
    for (const [name, value] of before) await admin.unsafe(`set global ${name} = ${value}`)
    await admin.close()
  })

  test('does not change what the app stores and finds', async () => {
    const chat = await openChat(mysql)
    const victim = await chat.signUp('victim')
    const ada = await chat.signUp('ada', { displayName: `q 's` })
    const notes = paths.api.messages('ada')
    for (const [index, body] of HOSTILE.entries()) {
      const sent = await ada.post(notes, { body, clientId: `note-${index}` })
      expect([sent.status, sent.body.body]).toEqual([201, body])
      expect((await ada.post(notes, { body, clientId: `note-${index}` })).status).toBe(200)
      expect((await ada.get(withQuery(paths.api.users, { search: body }))).status).toBe(200)
    }
    const { results } = (await ada.get(notes)).body
    expect(results.map(({ body }: { body: string }) => body)).toEqual(HOSTILE)
    expect(Math.abs(Date.now() - Date.parse(results[0].createdAt))).toBeLessThan(600_000)
    const found = await victim.get(withQuery(paths.api.users, { search: 'ada' }))
    expect(found.body.results[0].displayName).toBe(`q 's`)
    await chat.close()
  })
})

describe('a MySQL connection', async () => {
  const chat = await openChat(mysql)
  await Promise.all(['ada', 'victim'].map((name) => chat.signUp(name)))
  afterAll(() => chat.close())

  /** Ends the connection of a transaction, which must not go back to the pool. */
  async function close(em: typeof chat.deps.orm.em) {
    const [{ id }] = await em.execute<[{ id: number }]>('select connection_id() as id')
    await em.execute(`kill ${id}`).catch(() => {})
    await em.rollback().catch(() => {})
  }

  test('sends values apart from the statement, so that they are never read as SQL', async () => {
    const em = chat.deps.orm.em.fork()
    await em.begin()
    // As if the server had ignored the setting.
    await em.execute(`set session sql_mode = 'NO_BACKSLASH_ESCAPES'`)
    for (const text of [...HOSTILE, `x' or '1' = '1`, `\\' or 1 = 1 -- `]) {
      expect(await em.execute('select ? as text', [text])).toEqual([{ text }])
      expect(await em.execute('select :text as text', { text } as never)).toEqual([{ text }])
      expect(await em.execute('select 1 as one where ? in (?)', [text, ['other', text]])).toHaveLength(1)
      expect(await em.find(UserEntity, { displayName: { $in: [text, 'nobody'] } })).toEqual([])
      const query = queryBuilder(em as never)
        .selectFrom('user')
        .select('id')
        .where('displayName', '=', text)
      expect(await query.execute()).toEqual([])
      await em.nativeUpdate(UserEntity, { username: 'ada' }, { displayName: text.slice(0, 80) })
      const [ada] = await em.find(UserEntity, { displayName: text.slice(0, 80) }, { refresh: true })
      expect(ada).toMatchObject({ username: 'ada', displayName: text.slice(0, 80) })
    }
    await close(em)
  })

  test('without the settings of the session is refused', async () => {
    const em = chat.deps.orm.em.fork()
    await em.begin()
    const orm = { em: { fork: () => em } } as never
    await verifySession(orm)
    await em.execute(`set session sql_mode = 'NO_BACKSLASH_ESCAPES', time_zone = '+05:30'`)
    await expect(verifySession(orm)).rejects.toThrow('sql_mode, time_zone')
    await close(em)
  })

  test('keeps working when the server allows no more prepared statements', async () => {
    const em = chat.deps.orm.em.fork()
    const [{ limit }] = await em.execute<[{ limit: number }]>(
      'select @@global.max_prepared_stmt_count as `limit`',
    )
    await em.execute('set global max_prepared_stmt_count = 0')
    try {
      expect(await em.execute('select ? as text, ? as number', [INJECTION, 5])).toEqual([
        { text: INJECTION, number: 5 },
      ])
    } finally {
      await em.execute(`set global max_prepared_stmt_count = ${limit}`)
    }
  })
})
