import { UniqueConstraintViolationException } from '@mikro-orm/core'
import { type Kysely, sql } from 'kysely'
import { type Orm, type Tables, toStoredTime } from '../database/orm.ts'
import type { Deps } from '../process/deps.ts'
import { hashBody } from './body-hash.ts'
import { type MessageRow, messageColumns } from './view.ts'

export type NewMessage = {
  conversation: number
  sender: number
  clientId: string | null
  body: string
  /** The `seq` that an earlier try gave it of which nobody knows whether it was committed; else null. */
  attemptedSeq: number | null
}

/** The message as it is stored; `created` is false when it was there already, under the same client ID. */
export type Stored = { row: MessageRow; created: boolean }

/** The `seq` and the version of a conversation's last message. */
type Head = { seq: number; version: number }

/**
 * Stores messages of any conversations in the transaction of `em`, in their order, and answers what became of each; those
 * whose conversation is locked elsewhere are left out. The locks it takes last until the commit, so that `seq` and
 * `version` of a conversation commit in their order.
 */
export async function appendMessages<M extends NewMessage>(
  deps: Deps,
  em: Orm['em'],
  messages: readonly M[],
): Promise<Map<M, Stored>> {
  const db = em.getKysely<Tables>()
  const heads = await lockConversations(deps, db, [
    ...new Set(messages.map(({ conversation }) => conversation)),
  ])
  const ours = messages.filter(({ conversation }) => heads.has(conversation))
  if (ours.length === 0) return new Map()
  const now = deps.now()

  let known = new Map<string, MessageRow>()
  let rows = newRows(ours, { heads, known, now })
  try {
    await insert(deps, db, rows)
  } catch (error) {
    // Hardly anybody sends twice: looked up only when the unique key says so.
    const kind = em.getDriver().convertException(error as Error)
    if (!(kind instanceof UniqueConstraintViolationException)) throw error
    known = await findDuplicates(db, ours)
    rows = newRows(ours, { heads, known, now })
    await insert(deps, db, rows)
  }
  await advanceHeads(deps, db, { rows, now })

  for (const [message, row] of rows) known.set(keyOf(message), row)
  return new Map(
    ours.map((message) => {
      const row = rows.get(message) ?? known.get(keyOf(message))!
      return [message, { row, created: rows.has(message) || row.seq === message.attemptedSeq }]
    }),
  )
}

/**
 * Locks the conversations' rows. One that somebody else holds is passed over: were it waited for, all others would wait,
 * too. On SQLite whoever writes first holds everything.
 */
async function lockConversations(
  { config }: Deps,
  db: Kysely<Tables>,
  ids: number[],
): Promise<Map<number, Head>> {
  const columns = ['id', 'last_seq', 'version'] as const
  const rows = config.databaseUrl
    ? await db
        .selectFrom('conversation')
        .select(columns)
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
        .execute()
  return new Map(rows.map((row) => [row.id, { seq: row.last_seq, version: row.version }]))
}

/** What is to be inserted: nothing for what is known, and one row for all under one client ID. */
function newRows<M extends NewMessage>(
  messages: readonly M[],
  { heads, known, now }: { heads: Map<number, Head>; known: Map<string, MessageRow>; now: Date },
): Map<M, MessageRow> {
  const rows = new Map<M, MessageRow>()
  const taken = new Set(known.keys())
  const last = new Map(heads)
  for (const message of messages) {
    const { conversation, sender, clientId, body } = message
    if (clientId !== null && taken.has(keyOf(message))) continue
    taken.add(keyOf(message))
    const head = last.get(conversation)!
    const [seq, version] = [head.seq + 1, head.version + 1]
    last.set(conversation, { seq, version })
    rows.set(message, {
      conversation_id: conversation,
      seq,
      sender_id: sender,
      client_id: clientId,
      body,
      version,
      created_at: now.getTime(),
      edited_at: null,
      deleted_at: null,
    })
  }
  return rows
}

async function insert({ orm }: Deps, db: Kysely<Tables>, rows: Map<unknown, MessageRow>): Promise<void> {
  if (rows.size === 0) return
  const values = [...rows.values()].map((row) => ({
    ...row,
    body_hash: hashBody(row.body),
    created_at: toStoredTime(orm, row.created_at as number),
  }))
  await db
    .insertInto('message')
    .values(values as never)
    .execute()
}

/** What is there under these client IDs. */
async function findDuplicates(
  db: Kysely<Tables>,
  messages: readonly NewMessage[],
): Promise<Map<string, MessageRow>> {
  const found = await db
    .selectFrom('message')
    .select(messageColumns)
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
  return new Map(
    found.map((row) => [
      keyOf({ conversation: row.conversation_id, sender: row.sender_id, clientId: row.client_id }),
      row,
    ]),
  )
}

/** Moves each conversation on to its last message. */
async function advanceHeads(
  { orm }: Deps,
  db: Kysely<Tables>,
  { rows, now }: { rows: Map<unknown, MessageRow>; now: Date },
): Promise<void> {
  const last = new Map([...rows.values()].map((row) => [row.conversation_id, row]))
  if (last.size === 0) return
  const each = (of: (row: MessageRow) => number) =>
    sql<number>`case id ${sql.join(
      [...last].map(([id, row]) => sql`when ${id} then ${of(row)}`),
      sql` `,
    )} end`
  await db
    .updateTable('conversation')
    .set({
      last_seq: each((row) => row.seq),
      version: each((row) => row.version),
      active_at: toStoredTime(orm, now.getTime()),
    })
    .where('id', 'in', [...last.keys()])
    .execute()
}

function keyOf({ conversation, sender, clientId }: Omit<NewMessage, 'body' | 'attemptedSeq'>): string {
  return JSON.stringify([conversation, sender, clientId])
}
