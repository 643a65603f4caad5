import { sql } from 'kysely'
import { UserEntity } from '../../accounts/users/entity.ts'
import { isUsername, searchWords, typedUsername } from '../../accounts/users/names.ts'
import { checkCharacters } from '../../database/characters.ts'
import { queryBuilder, toIsoTime, toStoredTime } from '../../database/tables.ts'
import { NotFound } from '../../http/errors.ts'
import { type Cursor, decodeCursor, isStorableTime, pageOf } from '../../http/paging.ts'
import type { Deps } from '../../process/deps.ts'
import type { AdminUserPageView, AdminUserView, Column, Sort, STATES } from '../schema.ts'

type Options = {
  /** Starts of words of the display name, of the username or of the email address. */
  search?: string | undefined
  role?: 'user' | 'admin' | undefined
  /** All accounts that are not deleted by default. */
  state?: (typeof STATES)[number] | undefined
  /** `-createdAt` by default. */
  sort?: Sort | undefined
  cursor?: string | undefined
  limit: number
}

/**
 * Returns one page of the accounts, sorted by a column and then by ID.
 * @throws BadRequest, Invalid
 */
export async function listUsers(deps: Deps, options: Options): Promise<AdminUserPageView> {
  const { search = '', role, state, sort = '-createdAt', cursor, limit } = options
  checkCharacters('search', search)
  const descending = sort.startsWith('-')
  const direction = descending ? 'desc' : 'asc'
  const name = sort.replace('-', '') as Column
  const column = COLUMNS[name]
  let query = usersOf(deps)
    .select(column.as('place'))
    .orderBy(column, direction)
    .orderBy('user.id', direction)
    .limit(limit + 1)
  if (role) query = query.where('user.role', '=', role)
  if (state === 'active') query = query.where('user.disabledAt', 'is', null)
  if (state === 'disabled') query = query.where('user.disabledAt', 'is not', null)
  query = query.where('user.deletedAt', state === 'deleted' ? 'is not' : 'is', null)
  for (const [n, word] of searchWords(search).entries()) {
    const found = `found${n}` as const
    query = query.innerJoin(foundBy(deps, word).as(found), `${found}.id`, 'user.id') as never
  }
  const from = decodeCursor(cursor, isKeyOf(sort))
  if (from) {
    const [, last, id] = from
    const place = name === 'createdAt' ? toStoredTime(deps.orm, Number(last)) : last
    const beyond = descending ? '<' : '>'
    query = query.where(({ or, and, eb }) =>
      or([eb(column, beyond, place), and([eb(column, '=', place), eb('user.id', beyond, id)])]),
    )
  }
  const rows = await query.execute()
  const { results, next } = pageOf(rows, limit, (row) => [sort, placeOf(row), row.id])
  return { results: results.map(userView), next }

  function placeOf({ place }: { place: unknown }): string | number {
    return name === 'createdAt' ? Date.parse(toIsoTime(place)) : String(place)
  }
}

/** Returns an account; a deleted one is found by its tombstone name. @throws NotFound */
export async function getUser(deps: Deps, username: string): Promise<AdminUserView> {
  if (!isUsername(username)) throw new NotFound()
  const row = await usersOf(deps).where('handle', '=', username.toLowerCase()).executeTakeFirst()
  if (!row) throw new NotFound()
  return userView(row)
}

/** Returns null when no user has this name. */
export async function findUserId({ orm }: Deps, typed: string): Promise<number | null> {
  const username = typedUsername(typed)
  if (!isUsername(username)) return null
  const user = await orm.em.fork().findOne(UserEntity, { handle: username.toLowerCase() }, { fields: ['id'] })
  return user?.id ?? null
}

const COLUMNS = {
  createdAt: sql.ref<unknown>('user.created_at'),
  username: sql.ref<unknown>('user.handle'),
  displayName: sql.ref<unknown>('user.display_name'),
  // Sorts missing addresses first on both databases.
  email: sql<unknown>`coalesce(${sql.ref('user.email')}, '')`,
} as const satisfies Record<Column, unknown>

function usersOf({ orm }: Deps) {
  return queryBuilder(orm.em.fork())
    .selectFrom('user')
    .select(['user.id', 'user.username', 'user.displayName', 'user.email', 'user.role'])
    .select(['user.createdAt', 'user.disabledAt', 'user.deletedAt'])
    .select(({ selectFrom }) =>
      selectFrom('session')
        .whereRef('session.user', '=', 'user.id')
        .select(({ fn }) => fn.max('session.usedAt').as('last'))
        .as('lastSeenAt'),
    )
    .select(({ selectFrom }) =>
      selectFrom('invited_user as invited')
        .innerJoin('user as inviter', 'inviter.id', 'invited.inviter')
        .whereRef('invited.user', '=', 'user.id')
        .select('inviter.username as invitedBy')
        .as('invitedBy'),
    )
    .select(({ exists, selectFrom }) =>
      exists(
        selectFrom('totp')
          .whereRef('totp.user', '=', 'user.id')
          .where('totp.confirmedAt', 'is not', null)
          .select('totp.user'),
      ).as('twoFactor'),
    )
}

/** Returns the IDs of users with a name word, username or address that starts with the word: one index range each. */
function foundBy({ orm }: Deps, word: string) {
  const db = queryBuilder(orm.em.fork())
  const end = `${word}\u{10FFFF}`
  return db
    .selectFrom('name_word')
    .where('word', '>=', word)
    .where('word', '<', end)
    .select('user as id')
    .union(db.selectFrom('user').where('email', '>=', word).where('email', '<', end).select('id'))
    .union(db.selectFrom('user').where('handle', '>=', word).where('handle', '<', end).select('id'))
}

type Row = Awaited<ReturnType<ReturnType<typeof usersOf>['execute']>>[number]

function userView(row: Row): AdminUserView {
  const { username, displayName, email, role } = row
  return {
    ...{ username, displayName, email, role },
    createdAt: toIsoTime(row.createdAt),
    lastSeenAt: row.lastSeenAt && toIsoTime(row.lastSeenAt),
    invitedBy: row.invitedBy,
    twoFactor: Boolean(row.twoFactor),
    disabledAt: row.disabledAt && toIsoTime(row.disabledAt),
    deletedAt: row.deletedAt && toIsoTime(row.deletedAt),
  }
}

/** The key of the list: its sort order, the value of the sorted column, and the ID. */
function isKeyOf(sort: Sort) {
  return (key: Cursor): key is [Sort, string | number, number] =>
    key.length === 3 &&
    key[0] === sort &&
    (sort.endsWith('createdAt') ? isStorableTime(key[1]) : typeof key[1] === 'string') &&
    Number.isSafeInteger(key[2])
}
