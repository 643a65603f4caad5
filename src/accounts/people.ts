import { type Cursor, readCursor, writeCursor } from '../cursor.ts'
import type { Tables } from '../db.ts'
import type { Deps } from '../deps.ts'
import { NotFound } from '../errors.ts'
import { isUsername, searchWords } from './names.ts'
import type { PersonView, UserView } from './schema.ts'

/** One page of everybody but `me`: by username, or those found by the words of `search`. */
export async function listPeople(
  deps: Deps,
  me: number,
  options: { search?: string | undefined; cursor?: string | undefined; limit: number },
): Promise<{ results: PersonView[]; next: string | null }> {
  const words = searchWords(options.search ?? '').toSorted((a, b) => b.length - a.length)
  const [word, id] = options.cursor === undefined ? [] : readCursor(options.cursor, isKey(words[0]))
  const after = word === undefined || id === undefined ? null : { word, id }
  const rows = words.length
    ? await findByWords(deps, me, { words, after, limit: options.limit + 1 })
    : await listByHandle(deps, me, { after, limit: options.limit + 1 })
  const results = rows.slice(0, options.limit)
  const last = results.at(-1)
  return {
    results: results.map(({ username, display_name, avatar }) => ({
      username,
      displayName: display_name,
      avatar,
    })),
    next: rows.length > options.limit && last ? writeCursor([last.word, last.id]) : null,
  }
}

/** Somebody as the API tells of them. */
export const userView = ({ username, displayName }: UserView): UserView => ({ username, displayName })

/** @throws NotFound */
export async function getPerson(deps: Deps, username: string): Promise<UserView & { id: number }> {
  if (!isUsername(username)) throw new NotFound()
  const row = await deps.orm.em
    .fork()
    .getKysely<Tables>()
    .selectFrom('user')
    .select(['id', 'username', 'display_name'])
    .where('handle', '=', username.toLowerCase())
    .where('disabled_at', 'is', null)
    .executeTakeFirst()
  if (!row) throw new NotFound()
  return { id: row.id, username: row.username, displayName: row.display_name }
}

type Key = { word: string; id: number }
type Page = { after: Key | null; limit: number }

function listByHandle({ orm }: Deps, me: number, { after, limit }: Page) {
  let query = orm.em
    .fork()
    .getKysely<Tables>()
    .selectFrom('user')
    .select(['id', 'username', 'display_name', 'avatar', 'handle as word'])
    .where('id', '!=', me)
    .where('disabled_at', 'is', null)
    .orderBy('handle')
    .limit(limit)
  if (after) query = query.where('handle', '>', after.word)
  return query.execute()
}

/**
 * Reads the words that begin with the longest one typed, which is first in `words`, in the order of their key; the others must each begin some word
 * of the same person. Somebody with several fitting words is listed at the first.
 */
function findByWords({ orm }: Deps, me: number, { words, after, limit }: Page & { words: string[] }) {
  const [longest = '', ...others] = words
  let query = orm.em
    .fork()
    .getKysely<Tables>()
    .selectFrom('name_word as found')
    .innerJoin('user', 'user.id', 'found.user_id')
    .select(['user.id', 'user.username', 'user.display_name', 'user.avatar', 'found.word'])
    .where('found.word', '>=', after?.word ?? longest)
    .where('found.word', '<', endOf(longest))
    .where('user.id', '!=', me)
    .where('user.disabled_at', 'is', null)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('name_word as earlier')
            .select('earlier.word')
            .whereRef('earlier.user_id', '=', 'found.user_id')
            .where('earlier.word', '>=', longest)
            .whereRef('earlier.word', '<', 'found.word'),
        ),
      ),
    )
    .orderBy('found.word')
    .orderBy('found.user_id')
    .limit(limit)
  for (const word of others) {
    query = query.where(({ exists, selectFrom }) =>
      exists(
        selectFrom('name_word as other')
          .select('other.word')
          .whereRef('other.user_id', '=', 'found.user_id')
          .where('other.word', '>=', word)
          .where('other.word', '<', endOf(word)),
      ),
    )
  }
  if (after) {
    query = query.where(({ or, eb }) =>
      or([eb('found.word', '>', after.word), eb('found.user_id', '>', after.id)]),
    )
  }
  return query.execute()
}

/** What sorts behind every word that begins with `prefix`. */
function endOf(prefix: string): string {
  return `${prefix}\u{10FFFF}`
}

/** The word somebody was listed at, which begins with the one searched for, and their ID. */
function isKey(longest = '') {
  return (key: Cursor): key is [string, number] =>
    key.length === 2 &&
    typeof key[0] === 'string' &&
    key[0].startsWith(longest) &&
    Number.isSafeInteger(key[1])
}
