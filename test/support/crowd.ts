import { nameWords } from '../../src/accounts/users/names.ts'
import { type StoredTables, toStoredTime } from '../../src/database/tables.ts'
import type { Deps } from '../../src/process/deps.ts'

type CrowdMember = { username: string; displayName?: string; disabledAt?: Date }

/** Inserts many accounts without usable passwords. Returns their IDs. */
export async function addCrowd({ orm }: Deps, people: CrowdMember[]): Promise<number[]> {
  const db = orm.em.fork().getKysely<StoredTables>()
  const at = (time: Date) => toStoredTime(orm, time.getTime())
  const createdAt = at(new Date())
  const users = people.map(({ username, displayName = username, disabledAt }) => ({
    username,
    handle: username.toLowerCase(),
    display_name: displayName,
    password_hash: 'none',
    role: 'user',
    created_at: createdAt,
    disabled_at: disabledAt ? at(disabledAt) : null,
  }))
  for (const some of inChunks(users))
    await db
      .insertInto('user')
      .values(some as never)
      .execute()

  const known = await db.selectFrom('user').select(['id', 'handle']).execute()
  const ids = new Map(known.map(({ id, handle }) => [handle, id]))
  const words = users.flatMap(({ username, handle, display_name }) =>
    nameWords(username, display_name).map((word) => ({ word, user_id: ids.get(handle)! })),
  )
  for (const some of inChunks(words)) await db.insertInto('name_word').values(some).execute()
  return users.map(({ handle }) => ids.get(handle)!)
}

/** Splits rows into chunks for one statement each. */
export function* inChunks<Row>(rows: Row[], size = 1000): Generator<Row[]> {
  for (let at = 0; at < rows.length; at += size) yield rows.slice(at, at + size)
}
