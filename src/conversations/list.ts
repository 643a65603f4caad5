import { type Kysely, type SelectQueryBuilder, sql } from 'kysely'
import type { Me } from '../accounts/sessions/session.ts'
import { isUsername } from '../accounts/users/names.ts'
import type { Orm } from '../database/orm.ts'
import { type Dialect, type Param, prepared } from '../database/prepared-query.ts'
import { type StoredTables, toIsoTime, toStoredTime } from '../database/tables.ts'
import { decodeCursor, isTimeKey, type Page, pageOf } from '../http/paging.ts'
import { messageView, storedMessageColumns } from '../messages/view.ts'
import type { Deps } from '../process/deps.ts'
import { UNREAD_LIMIT } from './limits.ts'
import { findConversation, pairOf } from './lookup.ts'
import type { ConversationRow, EmptyConversationRow } from './schema.ts'

/** Returns one page of a user's conversations that have a message, newest activity first. */
export async function listConversations(
  { orm }: Deps,
  me: Pick<Me, 'id' | 'username'>,
  options: { cursor?: string | undefined; limit: number },
): Promise<Page<ConversationRow>> {
  const [at, id] = decodeCursor(options.cursor, isTimeKey) ?? []
  const newest = { me: me.id, limit: options.limit + 1 }
  const rows =
    at === undefined || id === undefined
      ? await findNewest(orm, newest)
      : await findNext(orm, { ...newest, activeAt: toStoredTime(orm, at), id })
  const { results, next } = pageOf(rows, options.limit, (row) => [
    Date.parse(toIsoTime(row.activeAt)),
    row.conversation,
  ])
  return { results: await rowViews(orm, me, results), next }
}

/**
 * Returns the list row of the conversation with one person.
 * @throws NotFound when no user has this name
 */
export async function getConversationRow(
  deps: Deps,
  me: Pick<Me, 'id' | 'username'>,
  username: string,
): Promise<ConversationRow | EmptyConversationRow> {
  const rowOf = async (name: string) => {
    const rows = await findRow(deps.orm, { me: me.id, handle: name.toLowerCase() })
    return (await rowViews(deps.orm, me, rows))[0]
  }
  const row = isUsername(username) ? await rowOf(username) : undefined
  if (row) return row
  const found = await findConversation(deps, me.id, username)
  const { id: _, ...person } = found.person
  // Found under the former username of a deleted account.
  const renamed = found.id === null ? undefined : await rowOf(person.username)
  if (renamed) return renamed
  const never = { unread: 0, lastSeq: 0, readSeq: 0, version: 0, activeAt: null }
  return { id: null, person, lastMessage: null, ...never }
}

/** No row before the first message. */
const findRow = prepared((db, param: Param<{ me: number; handle: string }>, dialect) => {
  const me = param('me')
  const pair = pairOf('other.id', me)
  const conversation = db
    .selectFrom('user as other')
    .innerJoin('conversation', (join) => join.on('low_id', '=', pair.low).on('high_id', '=', pair.high))
    .where('other.handle', '=', param('handle'))
    .select(['conversation.id', 'low_id', 'high_id', 'last_seq', 'version', 'active_at'])
  return inWrittenOrder(dialect, withRowColumns(db.selectFrom(conversation.as('c')), me))
})

type SelectedRow = Awaited<ReturnType<typeof findRow>>[number]

function rowViews(
  orm: Orm,
  me: Pick<Me, 'id' | 'username'>,
  rows: readonly SelectedRow[],
): Promise<ConversationRow[]> {
  return Promise.all(
    rows.map(async (row) => {
      const { username, displayName, avatar, readSeq, seq } = row
      const names = new Map([
        [me.id, me.username],
        [row.person, username],
      ])
      return {
        id: String(row.conversation),
        person: { username, displayName, avatar },
        lastMessage: messageView(row, names),
        unread: await countUnread(orm, me.id, row),
        lastSeq: seq,
        readSeq,
        version: row.conversationVersion,
        activeAt: toIsoTime(row.activeAt),
      }
    }),
  )
}

/** Only the newest messages are searched for unread ones, because a user may have sent any number in a row. */
const UNREAD_WINDOW = 1000

/** Returns the number of unread messages, up to `UNREAD_LIMIT`. */
async function countUnread(orm: Orm, me: number, row: SelectedRow): Promise<number> {
  const { conversation, seq, readSeq } = row
  const isNotes = row.person === me
  if (isNotes || seq <= readSeq) return 0
  const after = Math.max(readSeq, seq - UNREAD_WINDOW)
  const [found] = await findUnread(orm, { me, conversation, after, upTo: seq })
  return Number(found?.count)
}

/**
 * A query of its own, because MariaDB does not use the range of a subquery that depends on the outer row: it would read the
 * whole conversation.
 */
const findUnread = prepared(
  (db, param: Param<{ me: number; conversation: number; after: number; upTo: number }>) =>
    db
      .selectFrom(
        db
          .selectFrom('message')
          .where('conversation_id', '=', param('conversation'))
          .where('seq', '>', param('after'))
          .where('seq', '<=', param('upTo'))
          .where('sender_id', '!=', param('me'))
          .where('deleted_at', 'is', null)
          .select('seq')
          .limit(UNREAD_LIMIT)
          .as('unread'),
      )
      .select(({ fn }) => fn.countAll<number>().as('count')),
)

const conversationColumns = ['id', 'low_id', 'high_id', 'last_seq', 'version', 'active_at'] as const

type Newest = { me: number; limit: number }
/** The position after which a page starts, with the time as the database stores it. */
type Place = { activeAt: number | string; id: number }

const findNewest = prepared((db, param: Param<Newest>, dialect) =>
  inWrittenOrder(dialect, conversationsOf(db, { me: param('me'), limit: param('limit') })),
)

const findNext = prepared((db, param: Param<Newest & Place>, dialect) => {
  const place = { activeAt: param('activeAt'), id: param('id') }
  return inWrittenOrder(dialect, conversationsOf(db, { me: param('me'), limit: param('limit') }, place))
})

function conversationsOf(db: Kysely<StoredTables>, { me, limit }: Newest, place?: Place) {
  // Each side has its own index. The newest rows overall are among the newest of each side.
  const side = (column: 'low_id' | 'high_id') => {
    let query = db
      .selectFrom('conversation')
      .select(conversationColumns)
      .where(column, '=', me)
      .where('active_at', 'is not', null)
      .orderBy('active_at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit)
    // Own notes would match on both sides.
    if (column === 'high_id') query = query.where('low_id', '!=', me)
    if (place) {
      const { activeAt, id } = place as { activeAt: never; id: number }
      query = query
        .where('active_at', '<=', activeAt)
        .where(({ or, eb }) => or([eb('active_at', '<', activeAt), eb('id', '<', id)]))
    }
    return db.selectFrom(query.as(column)).selectAll()
  }

  return withRowColumns(db.selectFrom(side('low_id').unionAll(side('high_id')).as('c')), me)
    .orderBy('c.active_at', 'desc')
    .orderBy('c.id', 'desc')
    .limit(limit)
}

/** Joins the last message, the member and the other person to the conversations `c`. */
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
    .select(storedMessageColumns)
    .select(['c.version as conversationVersion', 'c.active_at as activeAt', 'member.read_seq as readSeq'])
    .select(['user.id as person', 'user.username', 'user.display_name as displayName', 'user.avatar'])
}

/** Makes MySQL join in the written order. With outdated statistics, it would start with all messages of a conversation. */
function inWrittenOrder<Row>(
  dialect: Dialect,
  query: SelectQueryBuilder<ListedTables, JoinedNames, Row>,
): SelectQueryBuilder<ListedTables, JoinedNames, Row> {
  return dialect === 'mysql' ? query.modifyFront(sql`straight_join`) : query
}
type JoinedNames = 'c' | 'message' | 'member' | 'user'

type ListedTables = StoredTables & { c: StoredTables['conversation'] }
