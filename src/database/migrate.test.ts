import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ForeignKeyConstraintViolationException } from '@mikro-orm/core'
import { BaseMySqlPlatform } from '@mikro-orm/sql'
import { PairedMigration } from '../../migrations/paired-migration.ts'
import { series } from '../../migrations/series.ts'
import {
  type Backend,
  backends,
  type Chat,
  dropDatabase,
  mysql,
  newFolder,
  openChat,
} from '../../test/support/chat.ts'
import { readConfig } from '../process/config.ts'
import { migrate } from './migrate.ts'
import { type Orm, openOrm } from './orm.ts'

// Long enough to catch only a hang.
setDefaultTimeout(180_000)

const LATER = 'Migration9999_later'

/** Changes a table that others refer to. SQLite copies and drops it, which must neither fail nor change the referring rows. */
class Later extends PairedMigration {
  override mysql = [
    "alter table user add column motto varchar(80) not null default 'none'",
    'alter table user modify display_name varchar(100) not null',
  ]

  override sqlite = [
    "create table user_copy as select *, 'none' as motto from user",
    'drop table user',
    `create table "user" (
      "id" integer not null primary key autoincrement, "username" text not null, "handle" text not null,
      "display_name" text not null, "email" text null, "password_hash" text not null,
      "role" text not null default 'user', "language" text null, "theme" text null, "zone" text null, "avatar" text null,
      "text_bytes" bigint not null default 0, "created_at" datetime not null, "disabled_at" datetime null, "deleted_at" datetime null,
      "motto" text not null default 'none')`,
    'insert into user select * from user_copy',
    'drop table user_copy',
  ]
}

type Row = Record<string, unknown>

/** A database that does not exist yet. */
async function newDatabase(backend: Backend) {
  const env = { DATA_DIR: newFolder(), ...backend.settings() }
  const config = readConfig(env)
  return {
    config,
    /** Runs `work` with the database, opened as each start of the application opens it, but with these migrations. */
    async open<T>(work: (orm: Orm) => Promise<T>, migrationsList = series): Promise<T> {
      const orm = await openOrm(config)
      Object.assign(orm.config.get('migrations'), { migrationsList })
      return work(orm).finally(() => orm.close())
    },
    async [Symbol.asyncDispose]() {
      if (config.databaseUrl) await dropDatabase(config.databaseUrl)
      rmSync(env.DATA_DIR, { recursive: true })
    },
  }
}

function isMysql(orm: Orm): boolean {
  return orm.em.getPlatform() instanceof BaseMySqlPlatform
}

async function tablesOf(orm: Orm): Promise<string[]> {
  const rows = await orm.em
    .fork()
    .execute<{ name: string }[]>(
      isMysql(orm)
        ? "select table_name as name from information_schema.tables where table_schema = database() and table_type = 'BASE TABLE'"
        : "select name from sqlite_master where type = 'table' and name not like 'sqlite%'",
    )
  return rows.map(({ name }) => name).filter((name) => name !== 'mikro_orm_migrations')
}

/** Inserts a row with a value in each column. All numbers are 1, so all references are valid. */
async function fill(orm: Orm, table: string): Promise<void> {
  const em = orm.em.fork()
  const columns = await em.execute<{ name: string; type: string }[]>(
    isMysql(orm)
      ? 'select column_name as name, column_type as type from information_schema.columns where table_schema = database() and table_name = ?'
      : 'select name, lower(type) as type from pragma_table_info(?)',
    [table],
  )
  const value = ({ name, type }: { name: string; type: string }) => {
    if (/int/.test(type)) return 1
    if (/datetime/.test(type)) return orm.em.getPlatform().processDateProperty(new Date(1_790_000_000_123))
    if (/blob|binary/.test(type)) return Buffer.from(name)
    // Short, and valid JSON, so that it fits every text column.
    return '"x"'
  }
  const list = columns.map(({ name }) => em.getPlatform().quoteIdentifier(name)).join(', ')
  await em.execute(
    `insert into ${em.getPlatform().quoteIdentifier(table)} (${list}) values (${columns.map(() => '?').join(', ')})`,
    columns.map(value),
  )
}

/** Fills the tables, those that refer to others after them. */
async function fillAll(orm: Orm, tables: string[]): Promise<void> {
  const later: string[] = []
  for (const table of tables) {
    await fill(orm, table).catch((error) => {
      if (!(error instanceof ForeignKeyConstraintViolationException)) throw error
      later.push(table)
    })
  }
  expect(later.length).toBeLessThan(Math.max(1, tables.length))
  if (later.length > 0) await fillAll(orm, later)
}

async function contents(orm: Orm): Promise<Map<string, Row[]>> {
  const all = new Map<string, Row[]>()
  for (const table of await tablesOf(orm)) {
    all.set(
      table,
      await orm.em.fork().execute<Row[]>(`select * from ${orm.em.getPlatform().quoteIdentifier(table)}`),
    )
  }
  return all
}

/** How many rows refer to a row that does not exist. */
async function countOrphans(orm: Orm): Promise<number> {
  const em = orm.em.fork()
  if (!isMysql(orm)) return (await em.execute<Row[]>('pragma foreign_key_check')).length
  const keys = await em.execute<{ child: string; field: string; parent: string; target: string }[]>(
    `select table_name as child, column_name as field, referenced_table_name as parent, referenced_column_name as target
     from information_schema.key_column_usage where table_schema = database() and referenced_table_name is not null`,
  )
  expect(keys.length).toBeGreaterThan(10)
  let orphans = 0
  for (const { child, field, parent, target } of keys) {
    const [row] = await em.execute<[{ n: number }]>(
      `select count(*) as n from \`${child}\` as c where c.\`${field}\` is not null
       and not exists (select 1 from \`${parent}\` as p where p.\`${target}\` = c.\`${field}\`)`,
    )
    orphans += Number(row!.n)
  }
  return orphans
}

test('the series has every migration, in order', () => {
  const files = readdirSync(join(import.meta.dirname, '../../migrations')).filter((file) =>
    /^Migration\d/.test(file),
  )
  expect(series.map(({ name }) => `${name}.ts`)).toEqual(files.toSorted())
})

describe.each(backends)('migrations, on $name,', (backend) => {
  test('keep every row that earlier versions stored, and every reference', async () => {
    await using database = await newDatabase(backend)
    const filled = new Set<string>()
    const all = [...series, { name: LATER, class: Later }]
    for (const [n, { name }] of all.entries()) {
      const before = await database.open(contents)
      await database.open(
        async (orm) => {
          expect(await migrate(orm, database.config)).toEqual([name])
          const after = await contents(orm)
          for (const [table, rows] of before) {
            expect(rows).toHaveLength(1)
            expect([name, table, after.get(table)]).toMatchObject([name, table, rows])
          }
          const added = (await tablesOf(orm)).filter((table) => !filled.has(table))
          await fillAll(orm, added)
          for (const table of added) filled.add(table)
        },
        all.slice(0, n + 1),
      )
    }
    await database.open(async (orm) => {
      expect(filled.size).toBe(orm.em.getMetadata().getAll().size)
      expect(await countOrphans(orm)).toBe(0)
      expect((await contents(orm)).get('user')).toMatchObject([{ id: 1, motto: 'none' }])
    })
  })

  test('create no foreign key that deletes or changes other rows', async () => {
    await using database = await newDatabase(backend)
    await database.open(async (orm) => {
      await migrate(orm, database.config)
      const keys = await orm.em.fork().execute<{ onDelete: string; onUpdate: string }[]>(
        isMysql(orm)
          ? `select delete_rule as onDelete, update_rule as onUpdate from information_schema.referential_constraints
             where constraint_schema = database()`
          : `select on_delete as onDelete, on_update as onUpdate
             from sqlite_master as tables, pragma_foreign_key_list(tables.name) where tables.type = 'table'`,
      )
      expect(keys.length).toBeGreaterThan(20)
      // The same in InnoDB and SQLite, as no key is deferred.
      const plain = expect.stringMatching(/^(?:NO ACTION|RESTRICT)$/)
      for (const key of keys) expect(key).toEqual({ onDelete: plain, onUpdate: plain })
      await fillAll(orm, await tablesOf(orm))
      for (const change of ['delete from user', 'update user set id = 2', 'delete from conversation'])
        expect(
          await orm.em
            .fork()
            .execute(change)
            .catch((error) => error),
        ).toBeInstanceOf(ForeignKeyConstraintViolationException)
    })
  })

  test('of a later version are refused, and the tables stay unchanged', async () => {
    await using database = await newDatabase(backend)
    await database.open(async (orm) => {
      await migrate(orm, database.config)
      await orm.em
        .fork()
        .execute(`insert into mikro_orm_migrations (name, executed_at) values ('${LATER}', '2027-01-01')`)
    })
    // A pending migration must not be applied, either.
    const pending = [...series, { name: 'Migration9998_other', class: Later }]
    await database.open(async (orm) => {
      const error = await migrate(orm, database.config).catch((error) => error)
      expect([error.name, error.message]).toEqual([
        'StartError',
        'The database was written by a later version of ChatApp. Start that version, or restore a backup.',
      ])
      await fill(orm, 'user')
      expect((await contents(orm)).get('user')![0]).not.toHaveProperty('motto')
    }, pending)
  })

  test('do not change the time limits of the connection', async () => {
    await using database = await newDatabase(backend)
    const limits = async (orm: Orm) => {
      const queries = isMysql(orm)
        ? ['innodb_lock_wait_timeout', 'wait_timeout', 'foreign_key_checks'].map((name) => `select @@${name}`)
        : ['busy_timeout', 'journal_mode', 'synchronous', 'foreign_keys'].map((name) => `pragma ${name}`)
      const rows = await Promise.all(queries.map((query) => orm.em.fork().execute<[Row]>(query)))
      return rows.flatMap(([row]) => Object.values(row))
    }
    await database.open(async (orm) => {
      const opened = isMysql(orm) ? [2, 10, 1] : [200, 'wal', 2, 1]
      expect(await limits(orm)).toEqual(opened)
      await migrate(orm, database.config)
      expect(await limits(orm)).toEqual(opened)
    })
  })
})

test('a MySQL migration that a crash interrupted is completed by the next start', async () => {
  await using database = await newDatabase(mysql)
  const all = await database.open(async (orm) => {
    await migrate(orm, database.config)
    return tablesOf(orm)
  })
  for (const { name: interrupted } of series) {
    await database.open(async (orm) => {
      const em = orm.em.fork()
      await em.execute('delete from mikro_orm_migrations where name = ?', [interrupted])
      // The last statement of the migration was not reached.
      const last = LAST_TABLES[interrupted]
      if (last) await em.execute(`drop table \`${last}\``)
      expect(await migrate(orm, database.config)).toEqual([interrupted])
      expect(await tablesOf(orm)).toEqual(all)
    })
  }
})

/** The last table of migrations with several. */
const LAST_TABLES: Record<string, string> = {
  Migration0001_accounts: 'recovery_code',
  Migration0002_conversations: 'message',
}

test('a MySQL migration fails when another process takes its lost lock', async () => {
  await using database = await newDatabase(mysql)
  class Gate extends PairedMigration {
    override mysql = ["do get_lock(concat(database(), '.gate'), 100)"]

    override sqlite = []
  }
  await database.open(
    async (orm) => {
      // Keeps the migration running until the end of the test.
      const gate = orm.em.fork()
      await gate.begin()
      await gate.execute("do get_lock(concat(database(), '.gate'), 0)")
      const other = orm.em.fork()
      const hasLease = async () =>
        (await other.execute(`select 1 from lease where name = 'migrate'`).catch(() => [])).length > 0
      const migrating = migrate(orm, database.config).catch((error) => error)
      while (!(await hasLease()));
      await other.execute(
        `update lease set owner = 'other', expires_at = utc_timestamp(3) + interval 1 minute`,
      )
      expect(await migrating).toMatchObject({
        name: 'StartError',
        message: expect.stringContaining('lost its lock'),
      })
      await gate.execute("do release_lock(concat(database(), '.gate'))")
      const applied = 'select count(*) as n from mikro_orm_migrations'
      while (Number((await gate.execute<[{ n: number }]>(applied))[0].n) === 0) {
        await gate.rollback()
        await gate.begin()
      }
      await gate.rollback()
    },
    [{ name: 'Migration0001_gate', class: Gate }],
  )
})

test('a MySQL database that was opened but not migrated refuses callers while all connections are busy', async () => {
  await using database = await newDatabase(mysql)
  await database.open(async (orm) => {
    const busy = Array.from({ length: 16 }, () => orm.em.fork())
    await Promise.all(busy.map((em) => em.begin()))
    await expect(orm.em.fork().execute('select 1')).rejects.toThrow('no connection is free')
    await Promise.all(busy.map((em) => em.rollback()))
    expect(await orm.em.fork().execute('select 1')).toHaveLength(1)
  })
})

test('MySQL without the right to create triggers is used, and warned about once at each start', async () => {
  const url = new URL(mysql.settings().DATABASE_URL!)
  const name = url.pathname.slice(1)
  await using admin = new Bun.SQL(process.env.TEST_DATABASE_URL!, { max: 1 })
  const account = `'limited_${name.slice(-8)}'@'127.0.0.1'`
  await admin.unsafe(`create user ${account} identified by 'secret'`)
  await admin.unsafe(
    `grant select, insert, update, delete, create, alter, drop, index, references on ${name}.* to ${account}`,
  )
  const warnings = ({ logged }: Chat) =>
    logged.filter((line) => line.includes('keep the audit log unchanged'))
  const limited = `mysql://limited_${name.slice(-8)}:secret@${url.host}/${name}`
  const chat = await openChat(mysql, { env: { DATABASE_URL: limited } })
  expect(warnings(chat)).toHaveLength(1)
  await (await chat.signUp('ada')).say(await chat.signUp('bob'), 'stored')
  await chat.close()
  await dropDatabase(url.href)
  await admin.unsafe(`drop user ${account}`)
  const allowed = await openChat(mysql)
  expect(warnings(allowed)).toEqual([])
  await allowed.close()
})
