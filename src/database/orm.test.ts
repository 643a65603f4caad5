import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { rmSync } from 'node:fs'
import { DeadlockException } from '@mikro-orm/core'
import { type Backend, backends, dropDatabase, mysql, newFolder, openChat } from '../../test/support/chat.ts'
import { run } from '../../test/support/process.ts'
import { paths } from '../../web/paths.ts'
import { Unavailable } from '../http/errors.ts'
import { MessageEntity } from '../messages/entity.ts'
import { readConfig } from '../process/config.ts'
import { migrate } from './migrate.ts'
import { type Orm, openOrm, transaction } from './orm.ts'
import { toIsoTime, toStoredTime } from './tables.ts'

// Long enough to catch only a hang.
setDefaultTimeout(180_000)

/** A database that does not exist yet. It is removed when it goes out of scope. */
function newDatabase(backend: Backend) {
  const env = { DATA_DIR: newFolder(), ...backend.settings() }
  const config = readConfig(env)
  return {
    env,
    config,
    async [Symbol.asyncDispose]() {
      if (config.databaseUrl) await dropDatabase(config.databaseUrl)
      rmSync(env.DATA_DIR, { recursive: true })
    },
  }
}

/** Tables, columns, keys and references of the database, without the table of migrations. */
async function describeTables(orm: Orm, isMysql: boolean): Promise<string[]> {
  const all = (sql: string) => orm.em.fork().execute<Record<string, unknown>[]>(sql)
  const names = isMysql
    ? (await all('show tables')).flatMap((row) => Object.values(row))
    : (await all("select name from sqlite_master where type = 'table' and name not like 'sqlite%'")).map(
        (row) => row.name,
      )
  const lines: string[] = []
  for (const table of names.filter((name) => name !== 'mikro_orm_migrations')) {
    if (isMysql) {
      const [row] = await all(`show create table \`${table}\``)
      const created = String(row!['Create Table'])
        .replace(/ AUTO_INCREMENT=\d+/, '')
        .split(/,?\n/)
      lines.push(...created.map((line) => `${table}: ${line.trim()}`))
      continue
    }
    for (const about of ['table_info', 'foreign_key_list', 'index_list']) {
      for (const { cid: _c, id: _i, seq: _s, ...row } of await all(`pragma ${about}(\`${table}\`)`)) {
        const columns = about === 'index_list' ? await all(`pragma index_info('${row.name}')`) : []
        lines.push(`${table}: ${JSON.stringify([row, columns.map((column) => column.name)])}`)
      }
    }
  }
  return lines.toSorted()
}

describe.each(backends)('the database, on $name', (backend) => {
  test('has exactly the tables of the entities after the migrations', async () => {
    await using migrated = newDatabase(backend)
    await using made = newDatabase(backend)
    const [one, two] = [await openOrm(migrated.config), await openOrm(made.config)]
    expect((await migrate(one, migrated.config)).length).toBeGreaterThan(0)
    expect(await migrate(one, migrated.config)).toEqual([])
    await two.schema.ensureDatabase()
    await two.schema.create()
    const isMysql = migrated.config.databaseUrl !== null
    const tables = await describeTables(one, isMysql)
    expect(tables.length).toBeGreaterThan(40)
    expect(tables).toEqual(await describeTables(two, isMysql))
    // The next migration is generated from the snapshot.
    expect(await one.migrator.checkSchema()).toBe(false)
    await Promise.all([one.close(), two.close()])
  })

  test('is migrated once when processes start together', async () => {
    await using database = newDatabase(backend)
    const together = await Promise.all(
      Array.from({ length: 3 }, () => run('src/database/migrate-cli.ts', database.env).ended),
    )
    for (const { code, stderr, stdout } of together) {
      expect([code, stderr]).toEqual([0, ''])
      expect(stdout).toContain('The tables are up to date.')
    }
    expect(together.filter(({ stdout }) => stdout.includes('the tables were migrated'))).toHaveLength(1)
    const orm = await openOrm(database.config)
    const executed = (await orm.migrator.getExecuted()).map(({ name }) => name)
    expect(executed.length).toBeGreaterThan(0)
    expect(new Set(executed).size).toBe(executed.length)
    expect(await orm.migrator.getPending()).toEqual([])
    await orm.close()
  })

  test('stores times in UTC to the millisecond, whatever the time zone of the process', async () => {
    const zone = process.env.TZ ?? 'UTC'
    const chat = await openChat(backend)
    const em = () => chat.deps.orm.em.fork()
    // Half past two does not exist on that day in Berlin.
    const sentAt = new Date('2026-03-29T01:30:00.123Z')
    try {
      const ada = await chat.signUp('ada')
      for (const [n, TZ] of ['Europe/Berlin', 'America/St_Johns', 'Asia/Kathmandu', 'UTC'].entries()) {
        process.env.TZ = TZ
        chat.deps.now = () => sentAt
        const sent = await ada.say(ada, TZ)
        chat.deps.now = () => new Date()
        expect(sent.createdAt).toBe('2026-03-29T01:30:00.123Z')
        expect((await ada.get(paths.api.message(sent.id))).body).toEqual(sent)
        expect((await ada.get(paths.api.conversations)).body.results[0].lastMessage).toEqual(sent)
        expect((await em().findOneOrFail(MessageEntity, { seq: n + 1 })).createdAt).toEqual(sentAt)
      }
      const times = await em().execute<{ created_at: unknown }[]>('select distinct created_at from message')
      expect(times.map(({ created_at }) => toIsoTime(created_at))).toEqual(['2026-03-29T01:30:00.123Z'])
      const found = await em()
        .getKysely<{ message: { created_at: never } }>()
        .selectFrom('message')
        .where('created_at', '=', toStoredTime(chat.deps.orm, sentAt.getTime()))
        .select('created_at')
        .execute()
      expect(found).toHaveLength(4)
    } finally {
      process.env.TZ = zone
      await chat.close()
    }
  })

  describe('a transaction', async () => {
    const chat = await openChat(backend)
    afterAll(() => chat.close())
    const deadlock = () => new DeadlockException(new Error('deadlock'))

    test('is retried from the start after a deadlock, and leaves nothing of the first attempt', async () => {
      let tries = 0
      const ada = await chat.signUp('ada')
      const { id } = await ada.say(ada, 'first')
      const conversation = Number(id.split('-')[0])
      const answer = await transaction(chat.deps, async (em) => {
        tries++
        await em.nativeUpdate(
          MessageEntity,
          { conversation, seq: 1 },
          { body: `try ${tries}`, version: tries },
        )
        if (tries < 3) throw deadlock()
        return (await em.findOneOrFail(MessageEntity, { conversation, seq: 1 })).body
      })
      expect([answer, tries]).toEqual(['try 3', 3])
      expect((await ada.get(paths.api.message(id))).body.body).toBe('try 3')
    })

    test('ends with 503 and Retry-After after repeated deadlocks', async () => {
      const error = await transaction(chat.deps, () => Promise.reject(deadlock())).catch((error) => error)
      expect(error).toBeInstanceOf(Unavailable)
      expect(error).toMatchObject({ status: 503, headers: { 'retry-after': '1' } })
    })

    test('is not retried after other errors', async () => {
      let tries = 0
      const failing = transaction(chat.deps, async () => {
        tries++
        throw new Error('a bug')
      })
      await expect(failing).rejects.toThrow('a bug')
      expect(tries).toBe(1)
    })
  })
})

test('a MySQL database that does not exist is created once when many open it together', async () => {
  await using database = newDatabase(mysql)
  const orms = await Promise.all(Array.from({ length: 8 }, () => openOrm(database.config)))
  const applied = await Promise.all(orms.map((orm) => migrate(orm, database.config)))
  expect(applied.filter((migrations) => migrations.length > 0)).toHaveLength(1)
  for (const orm of orms) {
    const [row] = await orm.em.fork().execute<{ users: number }[]>('select count(*) as users from user')
    expect(row!.users).toBe(0)
    await orm.close()
  }
})
