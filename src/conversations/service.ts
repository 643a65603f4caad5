import { UniqueConstraintViolationException } from '@mikro-orm/core'
import type { ExpressionBuilder, Kysely, SelectQueryBuilder } from 'kysely'
import type { PersonView } from '../accounts/schema.ts'
import type { Me } from '../accounts/sessions/session.ts'
import { isUsername } from '../accounts/users/names.ts'
import { type Tables, toIsoTime, toStoredTime, transaction } from '../database/orm.ts'
import { prepared } from '../database/prepared-query.ts'
import { NotFound } from '../http/errors.ts'
import { decodeCursor, encodeCursor, isTimeKey } from '../http/paging.ts'
import { publishEvent } from '../live/publish.ts'
import { messageColumns, messageView } from '../messages/view.ts'
import type { Deps } from '../process/deps.ts'
import { ConversationEntity, MemberEntity } from './entity.ts'
import { type ConversationRow, type EmptyConversationRow, UNREAD_LIMIT } from './schema.ts'

/** What a member may know of a conversation before its messages are read. */
export type ExistingConversation = {
  id: number
  lastSeq: number
  version: number
  person: PersonView & { id: number }
  /** Messages are taken: neither has blocked the other, and the person is still here. */
  open: boolean
  /** `me` has blocked the person. */
  blocked: boolean
  /** The person has deleted their account. */
  gone: boolean
}

/**
 * The conversation of two people, as `me` reaches it: by the other's name, so that nobody can name one they are not in.
 * Its `id` is null until the first message.
 * @throws NotFound when there is nobody of that name
 */
export async function findConversation(
  { orm }: Deps,
  me: number,
  username: string,
): Promise<ExistingConversation | NewConversation> {
  if (!isUsername(username)) throw new NotFound()
  const [row] = await findPair(orm, { me, handle: username.toLowerCase() })
  if (!row) throw new NotFound()
  const person = {
    id: row.person_id,
    username: row.username,
    displayName: row.display_name,
    avatar: row.avatar,
  }
  const blocked = row.mine !== null
  const open = !blocked && row.theirs === null && row.disabled_at === null
  const known = { person, open, blocked, gone: row.deleted_at !== null }
  return row.id === null
    ? { id: null, lastSeq: 0, version: 0, ...known }
    : { id: row.id, lastSeq: row.last_seq ?? 0, version: row.version ?? 0, ...known }
}
export type NewConversation = Omit<ExistingConversation, 'id'> & { id: null }

const findPair = prepared((db, { me, handle }: { me: number; handle: string }) =>
  db
    .selectFrom('user')
    .leftJoin('conversation', (join) =>
      join
        .on('low_id', '=', ({ eb, ref, val }) =>
          eb.case().when('user.id', '<', me).then(ref('user.id')).else(val(me)).end(),
        )
        .on('high_id', '=', ({ eb, ref, val }) =>
          eb.case().when('user.id', '<', me).then(val(me)).else(ref('user.id')).end(),
        ),
    )
    .leftJoin('block as mine', (join) =>
      join.onRef('mine.blocked_id', '=', 'user.id').on('mine.blocker_id', '=', me),
    )
    .leftJoin('block as theirs', (join) =>
      join.onRef('theirs.blocker_id', '=', 'user.id').on('theirs.blocked_id', '=', me),
    )
    .where('user.handle', '=', handle)
    // What was said with somebody stays when they are gone.
    .where(({ or, eb }) => or([eb('user.disabled_at', 'is', null), eb('conversation.id', 'is not', null)]))
    .select(['user.id as person_id', 'username', 'display_name', 'conversation.id', 'last_seq', 'version'])
    .select(['mine.blocked_id as mine', 'theirs.blocker_id as theirs'])
    .select(['user.avatar', 'user.disabled_at', 'user.deleted_at']),
)

/** Makes the conversation of two people unless there is one; answers its ID. */
export async function ensureConversation(deps: Deps, one: number, other: number): Promise<number> {
  const pair = { low: Math.min(one, other), high: Math.max(one, other) }
  try {
    return await transaction(deps, async (em) => {
      const id = await em.insert(ConversationEntity, pair)
      await em.insertMany(
        MemberEntity,
        [...new Set([one, other])].map((user) => ({ conversation: id, user })),
      )
      return id
    })
  } catch (error) {
    if (!(error instanceof UniqueConstraintViolationException)) throw error
    return (await deps.orm.em.fork().findOneOrFail(ConversationEntity, pair, { fields: ['id'] })).id
  }
}

/** One page of somebody's conversations that have a message, newest activity first. */
export async function listConversations(
  { orm }: Deps,
  me: Pick<Me, 'id' | 'username'>,
  options: { cursor?: string | undefined; limit: number },
): Promise<{ results: ConversationRow[]; next: string | null }> {
  const [at, id] = decodeCursor(options.cursor, isTimeKey) ?? []
  const newest = { me: me.id, limit: options.limit + 1 }
  const rows =
    at === undefined || id === undefined
      ? await findNewest(orm, newest)
      : await findNext(orm, { ...newest, activeAt: toStoredTime(orm, at), id })

  const page = rows.slice(0, options.limit)
  const last = page.at(-1)
  return {
    results: page.map((row) => rowView(row, me)),
    next:
      rows.length > options.limit && last
        ? encodeCursor([Date.parse(toIsoTime(last.active_at)), last.conversation_id])
        : null,
  }
}

/**
 * The row of the list for the conversation with one person.
 * @throws NotFound when there is nobody of that name
 */
export async function getConversationRow(
  deps: Deps,
  me: Pick<Me, 'id' | 'username'>,
  username: string,
): Promise<ConversationRow | EmptyConversationRow> {
  const { id, person } = await findConversation(deps, me.id, username)
  const [row] = id === null ? [] : await findRow(deps.orm, { me: me.id, conversation: id })
  if (row) return rowView(row, me)
  const { id: _, ...view } = person
  return { person: view, lastMessage: null, unread: 0, lastSeq: 0, readSeq: 0, version: 0 }
}

const findRow = prepared((db, at: { me: number; conversation: number }) =>
  withRowColumns(
    db.selectFrom(
      db.selectFrom('conversation').where('id', '=', at.conversation).select(conversationColumns).as('c'),
    ),
    at.me,
  ),
)

type SelectedRow = Awaited<ReturnType<typeof findRow>>[number]

function rowView(row: SelectedRow, me: Pick<Me, 'id' | 'username'>): ConversationRow {
  const names = new Map([
    [me.id, me.username],
    [row.person_id, row.username],
  ])
  return {
    person: { username: row.username, displayName: row.display_name, avatar: row.avatar },
    lastMessage: messageView(row, names),
    unread: Number(row.unread),
    lastSeq: row.seq,
    readSeq: row.read_seq,
    version: row.held_version,
  }
}

const conversationColumns = ['id', 'low_id', 'high_id', 'last_seq', 'version', 'active_at'] as const

type Newest = { me: number; limit: number }
/** Behind which activity a page begins, as the database stores it. */
type Place = { activeAt: number | string; id: number }

const findNewest = prepared((db, at: Newest) => conversationsOf(db, at))

const findNext = prepared((db, at: Newest & Place) => conversationsOf(db, at, at))

function conversationsOf(db: Kysely<Tables>, at: Newest, place?: Place) {
  // Each side has its own index; reading the newest end of both is enough for the newest of all.
  const side = (column: 'low_id' | 'high_id') => {
    let query = db
      .selectFrom('conversation')
      .select(conversationColumns)
      .where(column, '=', at.me)
      .where('active_at', 'is not', null)
      .orderBy('active_at', 'desc')
      .orderBy('id', 'desc')
      .limit(at.limit)
    // One's own notes are on both sides.
    if (column === 'high_id') query = query.where('low_id', '!=', at.me)
    if (place) {
      const { activeAt, id } = place as { activeAt: never; id: number }
      query = query
        .where('active_at', '<=', activeAt)
        .where(({ or, eb }) => or([eb('active_at', '<', activeAt), eb('id', '<', id)]))
    }
    return db.selectFrom(query.as(column)).selectAll()
  }

  return withRowColumns(db.selectFrom(side('low_id').unionAll(side('high_id')).as('c')), at.me)
    .orderBy('c.active_at', 'desc')
    .orderBy('c.id', 'desc')
    .limit(at.limit)
}

/** Joins what a row of the list shows to the conversations `c`. */
function withRowColumns(conversations: SelectQueryBuilder<ListedTables, 'c', object>, me: number) {
  return conversations
    .innerJoin('message', (join) =>
      join.onRef('message.conversation_id', '=', 'c.id').onRef('message.seq', '=', 'c.last_seq'),
    )
    .innerJoin('member', (join) =>
      join.onRef('member.conversation_id', '=', 'c.id').on('member.user_id', '=', me),
    )
    .innerJoin('user', (join) =>
      join.on(({ eb, ref, val }) =>
        eb(
          'user.id',
          '=',
          eb.case().when('c.low_id', '=', val(me)).then(ref('c.high_id')).else(ref('c.low_id')).end(),
        ),
      ),
    )
    .select(messageColumns)
    .select(['c.version as held_version', 'c.active_at', 'member.read_seq'])
    .select(['user.id as person_id', 'user.username', 'user.display_name', 'user.avatar'])
    .select((eb) => unreadOf(eb, me).as('unread'))
}

/**
 * Counts the unread messages of conversation `c`, at most `UNREAD_LIMIT`. A `limit` inside of the count would need a derived
 * table that refers to `c`, which MariaDB does not have. So the last message that counts is looked for first, where there may
 * be one.
 */
function unreadOf(eb: ExpressionBuilder<ListedTables, 'c' | 'member'>, me: number) {
  const unread = eb
    .selectFrom('message as later')
    .whereRef('later.conversation_id', '=', 'c.id')
    .whereRef('later.seq', '>', 'member.read_seq')
    .where('later.sender_id', '!=', me)
    .where('later.deleted_at', 'is', null)
  const limit = eb.lit(UNREAD_LIMIT)
  const atLimit = unread
    .select(limit.as('count'))
    .orderBy('later.seq')
    .limit(eb.lit(1))
    .offset(eb.lit(UNREAD_LIMIT - 1))
  return eb.fn.coalesce(
    eb
      .case()
      .when('c.last_seq', '>=', eb('member.read_seq', '+', limit))
      .then(atLimit)
      .end(),
    unread.select(eb.fn.countAll<number>().as('count')),
  )
}

type ListedTables = Tables & { c: Tables['conversation'] }

/** What `me` has read in the conversation with this person: 0 before the first message. */
export async function getReadSeq(
  { orm }: Deps,
  me: number,
  thread: ExistingConversation | NewConversation,
): Promise<number> {
  if (thread.id === null) return 0
  const [member] = await findMember(orm, { conversation: thread.id, me })
  return member?.read_seq ?? 0
}

const findMember = prepared((db, { conversation, me }: { conversation: number; me: number }) =>
  db
    .selectFrom('member')
    .where('conversation_id', '=', conversation)
    .where('user_id', '=', me)
    .select('read_seq'),
)

/**
 * Moves the mark up to which `me` has read: only ever forward, at most to the last message.
 * Tells the same person's other tabs.
 * @throws NotFound when there is nobody of that name
 */
export async function markRead(deps: Deps, me: Pick<Me, 'id'>, username: string, seq: number): Promise<void> {
  const thread = await findConversation(deps, me.id, username)
  if (thread.id === null) return
  const readSeq = Math.min(seq, thread.lastSeq)
  const moved = await deps.orm.em
    .fork()
    .nativeUpdate(
      MemberEntity,
      { conversation: thread.id, user: me.id, readSeq: { $lt: readSeq } },
      { readSeq },
    )
  if (moved) publishEvent(deps, me.id, { type: 'read', with: thread.person.username, seq: readSeq })
}
