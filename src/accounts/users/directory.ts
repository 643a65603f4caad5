import { checkCharacters } from '../../database/characters.ts'
import { queryBuilder } from '../../database/tables.ts'
import { NotFound } from '../../http/errors.ts'
import { type Cursor, decodeCursor, type Page as ListPage, pageOf } from '../../http/paging.ts'
import type { Deps } from '../../process/deps.ts'
import { UserEntity } from './entity.ts'
import { isTombstone, isUsername, searchWords } from './names.ts'
import type { ConversationPersonView, PersonView, UserView } from './schema.ts'

/**
 * One page of all users except `me`, by username; with `search`, of the matching users, by the matching word. With
 * `DIRECTORY=exact`, only the contacts of `me` are among them, and the user whose whole username is searched.
 * @throws BadRequest, Invalid
 */
export async function listPeople(
  deps: Deps,
  me: number,
  options: { search?: string | undefined; cursor?: string | undefined; limit: number },
): Promise<ListPage<PersonView>> {
  const { search = '', cursor, limit } = options
  checkCharacters('search', search)
  // Pages write usernames with @.
  const text = search.trim().replace(/^@/, '')
  const words = searchWords(text)
  const exact = deps.config.directory === 'exact'
  const among = exact ? { handle: text.toLowerCase() } : null
  const [word, id, prefix] = decodeCursor(cursor, isKeyOf(words)) ?? []
  const after = word === undefined || id === undefined ? null : { word, id }
  // In an exact directory, not even the order of the results may depend on other users.
  const first = prefix ?? (exact ? longestFirst(words)[0] : await findRarestWord(deps, words))
  const rows =
    first === undefined
      ? await listByHandle(deps, me, { after, limit: limit + 1, among })
      : await findByWords(deps, me, { words, first, after, limit: limit + 1, among })
  const { results, next } = pageOf(rows, limit, (row) => [row.word, row.id, ...(first ? [first] : [])])
  return {
    results: results.map(({ username, displayName, avatar }) => ({ username, displayName, avatar })),
    next,
  }
}

/** A user as the API returns them. */
export const userView = ({ username, displayName }: UserView): UserView => ({ username, displayName })

/** The other person of a conversation as the API returns them. */
export const personView = ({ username, displayName, avatar }: PersonView): ConversationPersonView => ({
  username,
  displayName,
  avatar: avatar ?? null,
  deleted: isTombstone(username),
})

/** Finds an active user by username, in any case. @throws NotFound */
export async function getPerson(deps: Deps, username: string): Promise<UserView & { id: number }> {
  if (!isUsername(username)) throw new NotFound()
  const user = await deps.orm.em
    .fork()
    .findOne(
      UserEntity,
      { handle: username.toLowerCase(), disabledAt: null },
      { fields: ['username', 'displayName'] },
    )
  if (!user) throw new NotFound()
  return { id: user.id, username: user.username, displayName: user.displayName }
}

type Key = { word: string; id: number }
type Page = {
  after: Key | null
  limit: number
  /** Lists only contacts and the user with this handle; null for all users. */
  among: { handle: string } | null
}

function listByHandle({ orm }: Deps, me: number, { after, limit, among }: Page) {
  const db = queryBuilder(orm.em.fork())
  let query = db
    .selectFrom('user')
    .select(['user.id', 'user.username', 'user.displayName', 'user.avatar', 'user.handle as word'])
    .where('user.id', '!=', me)
    .where('user.disabledAt', 'is', null)
    .orderBy('user.handle')
    .limit(limit)
  if (after) query = query.where('user.handle', '>', after.word)
  return query
    .$if(among !== null, (all) =>
      all.innerJoin(visible(db, me, among!).as('visible'), 'visible.id', 'user.id'),
    )
    .execute()
}

/** The IDs of the people with whom `me` has a conversation or shares an invite, and of the user with this handle. */
function visible(db: ReturnType<typeof queryBuilder>, me: number, { handle }: { handle: string }) {
  return db
    .selectFrom('conversation')
    .where('low', '=', me)
    .select('high as id')
    .union(db.selectFrom('conversation').where('high', '=', me).select('low as id'))
    .union(db.selectFrom('invited_user').where('inviter', '=', me).select('invited_user.user as id'))
    .union(db.selectFrom('invited_user').where('user', '=', me).select('invited_user.inviter as id'))
    .union(db.selectFrom('user').where('handle', '=', handle).select('user.id as id'))
}

/** Maximum number of rows counted to find the rarest word. */
const MAX_COUNTED = 1000

/** The search word that is a prefix of the fewest stored words; of several, the longest. */
async function findRarestWord({ orm }: Deps, words: string[]): Promise<string | undefined> {
  if (words.length < 2) return words[0]
  const db = queryBuilder(orm.em.fork())
  const counts = longestFirst(words).map(async (word) => {
    const some = db
      .selectFrom('name_word')
      .select('word')
      .where('word', '>=', word)
      .where('word', '<', rangeEnd(word))
      .limit(MAX_COUNTED)
    const { count } = await db
      .selectFrom(some.as('counted'))
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow()
    return { word, count: Number(count) }
  })
  return (await Promise.all(counts)).toSorted((a, b) => a.count - b.count)[0]?.word
}

const longestFirst = (words: string[]) => words.toSorted((a, b) => b.length - a.length)

/**
 * Reads the stored words that begin with `first`, a search word, in key order. Each other search word must begin a word of the
 * same user. A user with several matches is listed once, at the first.
 */
function findByWords(
  { orm }: Deps,
  me: number,
  { words, first, after, limit, among }: Page & { words: string[]; first: string },
) {
  const db = queryBuilder(orm.em.fork())
  let query = db
    .selectFrom('name_word as found')
    .innerJoin('user', 'user.id', 'found.user')
    .select(['user.id', 'user.username', 'user.displayName', 'user.avatar', 'found.word'])
    .where('found.word', '>=', after?.word ?? first)
    .where('found.word', '<', rangeEnd(first))
    .where('user.id', '!=', me)
    .where('user.disabledAt', 'is', null)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('name_word as earlier')
            .select('earlier.word')
            .whereRef('earlier.user', '=', 'found.user')
            .where('earlier.word', '>=', first)
            .whereRef('earlier.word', '<', 'found.word'),
        ),
      ),
    )
    .orderBy('found.word')
    .orderBy('found.user')
    .limit(limit)
  for (const word of words.filter((word) => word !== first)) {
    // MySQL turns `exists` into a join that it reads completely and sorts; it runs this subquery for each user.
    query = query.where(
      ({ selectFrom }) =>
        selectFrom('name_word as other')
          .select('other.word')
          .whereRef('other.user', '=', 'found.user')
          .where('other.word', '>=', word)
          .where('other.word', '<', rangeEnd(word))
          .limit(1),
      'is not',
      null,
    )
  }
  if (after) {
    query = query.where(({ or, eb }) =>
      or([eb('found.word', '>', after.word), eb('found.user', '>', after.id)]),
    )
  }
  return query
    .$if(among !== null, (all) =>
      all.innerJoin(visible(db, me, among!).as('visible'), 'visible.id', 'user.id'),
    )
    .execute()
}

/** The end of the range of words that begin with `prefix`. */
function rangeEnd(prefix: string): string {
  return `${prefix}\u{10FFFF}`
}

/** Checks a cursor key: the word at which a user is listed, the user's ID and, in a search, the search word that matched. */
function isKeyOf(words: string[]) {
  return (key: Cursor): key is readonly [string, number] | readonly [string, number, string] => {
    const [word, id, first] = key
    if (typeof word !== 'string' || !Number.isSafeInteger(id)) return false
    if (words.length === 0) return key.length === 2
    return key.length === 3 && typeof first === 'string' && words.includes(first) && word.startsWith(first)
  }
}
