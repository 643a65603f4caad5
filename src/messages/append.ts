import { type Kysely, sql } from 'kysely'
import { sha256 } from '../database/hash.ts'
import type { Orm } from '../database/orm.ts'
import { type StoredTables, toIsoTime, toStoredTime } from '../database/tables.ts'
import type { Deps } from '../process/deps.ts'
import { type MessageRow, storedMessageColumns } from './view.ts'

export type NewMessage = {
  conversation: number
  sender: number
  clientId: string | null
  body: string
  /** The `seq` of an earlier attempt whose commit is uncertain; null without one. */
  attemptedSeq: number | null
}

/** A stored message in its current state. `created` is false when an earlier send with the same client ID stored it. */
export type Stored = { row: MessageRow; created: boolean }

/** `conflict`: the client ID was used for another body. */
export type AppendOutcome = Stored | 'conflict'

type HashedRow = MessageRow & { bodyHash: string }

/**
 * The `seq` and the version of a conversation's last message. `latest` is the time of the last activity in any conversation of
 * its two users, in milliseconds since 1970.
 */
type Head = { seq: number; version: number; latest: number }

/**
 * Stores messages of any conversations, in the given order, in the transaction of `em`. Returns the outcome of each, except
 * for conversations that another transaction has locked. Locks are held until the commit, so `seq` and `version` of a
 * conversation commit in order.
 * @param options.mayRepeat some may be repeated sends, which are looked up first. They are rare, so without it, one violates the
 * unique key of client IDs. Only a new transaction may follow then: Galera replicates the rows that a failed statement has undone.
 */
export async function appendMessages<M extends NewMessage>(
  deps: Deps,
  em: Orm['em'],
  { messages, mayRepeat }: { messages: readonly M[]; mayRepeat: boolean },
): Promise<Map<M, AppendOutcome>> {
  const db = em.getKysely<StoredTables>()
  const conversations = new Set(messages.map(({ conversation }) => conversation))
  const heads = await lockConversations(deps, db, [...conversations])
  const locked = messages.filter(({ conversation }) => heads.has(conversation))
  if (locked.length === 0) return new Map()
  const now = deps.now()

  const known = mayRepeat ? await findByClientId(db, locked) : new Map<string, HashedRow>()
  const rows = newRows(locked, { heads, known, now })
  await insert(deps, db, { rows, now })
  await advanceHeads(deps, db, { rows, heads, now })

  for (const [message, row] of rows) known.set(keyOf(message), row)
  return new Map(locked.map((message) => [message, outcomeOf(message)]))

  function outcomeOf(message: M): AppendOutcome {
    const own = rows.get(message)
    if (own) return { row: own, created: true }
    const row = known.get(keyOf(message))!
    if (row.bodyHash !== sha256(message.body)) return 'conflict'
    return { row, created: row.seq === message.attemptedSeq }
  }
}

/** Returns the outcome of a repeated send without storing it; null if there was no earlier send with its client ID. */
export async function findRepeated(em: Orm['em'], message: NewMessage): Promise<AppendOutcome | null> {
  if (message.clientId === null) return null
  const row = (await findByClientId(em.getKysely<StoredTables>(), [message])).get(keyOf(message))
  if (!row) return null
  return row.bodyHash === sha256(message.body) ? { row, created: false } : 'conflict'
}

/**
 * Locks the rows of the conversations and returns their heads. MySQL skips locked conversations, because waiting for one
 * would delay all others. On SQLite the first writer locks the whole database.
 */
async function lockConversations(
  { config }: Deps,
  db: Kysely<StoredTables>,
  ids: number[],
): Promise<Map<number, Head>> {
  const columns = ['id', 'last_seq', 'version'] as const
  const latest = latestActivities()
  const rows = config.databaseUrl
    ? await db
        .selectFrom('conversation')
        .select(columns)
        .select(latest)
        .where('id', 'in', ids)
        .orderBy('id')
        .forUpdate()
        .skipLocked()
        .execute()
    : await db
        .updateTable('conversation')
        .set({ version: sql.ref('version') })
        .where('id', 'in', ids)
        .returning(columns)
        .returning(latest)
        .execute()
  return new Map(
    rows.map(({ id, last_seq: seq, version, ...activities }) => {
      const times = Object.values(activities).filter((time) => time !== null)
      return [id, { seq, version, latest: Math.max(0, ...times.map((time) => Date.parse(toIsoTime(time)))) }]
    }),
  )
}

/**
 * The last activity of each of the two users of a conversation, on either side, as four columns. Each is the end of an index.
 * MySQL locks the rows of the outer query only.
 */
function latestActivities() {
  return (['low_id', 'high_id'] as const).flatMap((user) =>
    (['low_id', 'high_id'] as const).map((side) =>
      sql<unknown>`(select active_at from conversation as other
        where other.${sql.ref(side)} = conversation.${sql.ref(user)} order by other.active_at desc limit 1)`.as(
        `${user}_as_${side}`,
      ),
    ),
  )
}

/** The rows to insert: one for each new client ID, and one for each message without a client ID. */
function newRows<M extends NewMessage>(
  messages: readonly M[],
  { heads, known, now }: { heads: Map<number, Head>; known: Map<string, HashedRow>; now: Date },
): Map<M, HashedRow> {
  const rows = new Map<M, HashedRow>()
  const seen = new Set(known.keys())
  const last = new Map(heads)
  for (const message of messages) {
    const { conversation, sender, clientId, body } = message
    if (clientId !== null && seen.has(keyOf(message))) continue
    seen.add(keyOf(message))
    const head = last.get(conversation)!
    const [seq, version] = [head.seq + 1, head.version + 1]
    last.set(conversation, { ...head, seq, version })
    rows.set(message, {
      ...{ conversation, seq, sender, clientId, body, version },
      bodyHash: sha256(body),
      createdAt: now,
      editedAt: null,
      deletedAt: null,
    })
  }
  return rows
}

async function insert(
  { orm }: Deps,
  db: Kysely<StoredTables>,
  { rows, now }: { rows: Map<unknown, HashedRow>; now: Date },
): Promise<void> {
  if (rows.size === 0) return
  const values = [...rows.values()].map((row) => ({
    conversation_id: row.conversation,
    seq: row.seq,
    sender_id: row.sender,
    client_id: row.clientId,
    body: row.body,
    body_hash: row.bodyHash,
    version: row.version,
    created_at: toStoredTime(orm, now.getTime()),
    edited_at: null,
    deleted_at: null,
  }))
  await db.insertInto('message').values(values).execute()
}

/** Returns the stored messages that have the client IDs of the given ones. */
async function findByClientId(
  db: Kysely<StoredTables>,
  messages: readonly NewMessage[],
): Promise<Map<string, HashedRow>> {
  const found = await db
    .selectFrom('message')
    .select(storedMessageColumns)
    .select('body_hash as bodyHash')
    .where(({ eb, and, or }) =>
      or(
        messages
          .filter(({ clientId }) => clientId !== null)
          .map(({ conversation, sender, clientId }) =>
            and([
              eb('conversation_id', '=', conversation),
              eb('sender_id', '=', sender),
              eb('client_id', '=', clientId),
            ]),
          ),
      ),
    )
    .execute()
  return new Map(found.map((row) => [keyOf(row), row]))
}

/**
 * Sets `last_seq`, `version` and `active_at` of each conversation to those of its last message. `active_at` is after every other
 * activity of the two users also when the clock was ahead before, because it orders their lists.
 */
async function advanceHeads(
  { orm }: Deps,
  db: Kysely<StoredTables>,
  { rows, heads, now }: { rows: Map<unknown, MessageRow>; heads: Map<number, Head>; now: Date },
): Promise<void> {
  const last = new Map([...rows.values()].map((row) => [row.conversation, row]))
  if (last.size === 0) return
  const isAhead = [...last.keys()].some((id) => heads.get(id)!.latest > now.getTime())
  const activeAt = (row?: MessageRow) => {
    const latest = row ? heads.get(row.conversation)!.latest : 0
    return toStoredTime(orm, latest > now.getTime() ? latest + 1 : now.getTime())
  }
  const caseOf = <T>(pick: (row: MessageRow) => T) =>
    sql<T>`case id ${sql.join(
      [...last].map(([id, row]) => sql`when ${id} then ${pick(row)}`),
      sql` `,
    )} end`
  await db
    .updateTable('conversation')
    .set({
      last_seq: caseOf((row) => row.seq),
      version: caseOf((row) => row.version),
      active_at: isAhead ? caseOf(activeAt) : activeAt(),
    })
    .where('id', 'in', [...last.keys()])
    .execute()
}

function keyOf({
  conversation,
  sender,
  clientId,
}: Pick<NewMessage, 'conversation' | 'sender' | 'clientId'>): string {
  return JSON.stringify([conversation, sender, clientId])
}
