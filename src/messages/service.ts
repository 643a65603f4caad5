import type { Kysely } from 'kysely'
import type { Me } from '../accounts/sessions/session.ts'
import {
  type ExistingConversation,
  ensureConversation,
  findConversation,
  type NewConversation,
} from '../conversations/lookup.ts'
import type { Tables } from '../database/orm.ts'
import { prepared } from '../database/prepared-query.ts'
import { BadRequest, Conflict, Invalid, NotFound, Undeliverable } from '../http/errors.ts'
import { preciseNow } from '../live/precise-now.ts'
import type { Deps } from '../process/deps.ts'
import { emit, type TelemetryEvents } from '../process/telemetry.ts'
import { storeMessage } from './group-commit.ts'
import { BODY_LIMIT } from './limits.ts'
import type { ChangesView, MessagePageView, MessageView } from './schema.ts'
import { messageColumns, messageView, type Names } from './view.ts'

type Member = Pick<Me, 'id' | 'username'>

/**
 * Stores a message, then tells both people.
 *
 * Sent again under the same `clientId` it answers with the message that is there already, `created` false.
 * @throws NotFound when there is nobody of that name; Invalid for the body; TooMany; Undeliverable; Conflict when `clientId` named another body
 */
export async function sendMessage(...asked: Parameters<typeof send>): Promise<Sent> {
  const startedAt = performance.now()
  const told = (outcome: TelemetryEvents['chatapp:send']['outcome']) =>
    emit('chatapp:send', { outcome, ms: performance.now() - startedAt })
  try {
    const sent = await send(...asked)
    told(sent.created ? 'created' : 'repeated')
    return sent
  } catch (error) {
    told(error instanceof Conflict ? 'conflict' : 'refused')
    throw error
  }
}

type Sent = { message: MessageView; created: boolean }

async function send(
  deps: Deps,
  me: Member,
  { to, body, clientId = null }: { to: string; body: string; clientId?: string | null | undefined },
): Promise<Sent> {
  const requestedAt = preciseNow()
  const text = checkBody(body)
  await deps.limits.take('send', String(me.id))
  const thread = await findConversation(deps, me.id, to)
  if (!thread.open) throw new Undeliverable()
  const conversation = thread.id ?? (await ensureConversation(deps, me.id, thread.person.id))
  const { person } = thread
  const people = [me, person].filter(({ id }, n) => n === 0 || id !== me.id)

  const { row, created } = await storeMessage(deps, {
    ...{ conversation, sender: me.id, clientId, body: text, people, requestedAt },
  })
  return { message: messageView(row, namesOf(me, thread)), created }
}

/**
 * One page of the conversation with somebody, oldest first: the newest page, or the one next to a `seq`.
 * @throws NotFound when there is nobody of that name
 */
export async function listMessages(
  deps: Deps,
  me: Member,
  username: string,
  { before, after, limit }: { before?: number | undefined; after?: number | undefined; limit: number },
): Promise<MessagePageView> {
  if (before !== undefined && after !== undefined)
    throw new BadRequest('Ask for `before` or for `after`, not for both.')
  const thread = await findConversation(deps, me.id, username)
  if (thread.id === null) return { results: [], previous: null, next: null }
  const conversation = thread.id
  const rows =
    after === undefined
      ? (await findEarlier(deps.orm, { conversation, before: before ?? BEHIND_ALL, limit })).reverse()
      : await findLater(deps.orm, { conversation, after, limit })

  const names = namesOf(me, thread)
  // An empty page has a place, too: before the first message or behind the last.
  const place = Math.max(1, Math.min(before ?? (after ?? 0) + 1, thread.lastSeq + 1))
  const first = rows[0]?.seq ?? place
  const last = rows.at(-1)?.seq ?? place - 1
  return {
    results: rows.map((row) => messageView(row, names)),
    previous: first > 1 ? first : null,
    next: last < thread.lastSeq ? last : null,
  }
}

/** More than any `seq`. */
const BEHIND_ALL = 2 ** 32

const findEarlier = prepared((db, at: { conversation: number; before: number; limit: number }) =>
  messagesOf(db, at.conversation).where('seq', '<', at.before).orderBy('seq', 'desc').limit(at.limit),
)

const findLater = prepared((db, at: { conversation: number; after: number; limit: number }) =>
  messagesOf(db, at.conversation).where('seq', '>', at.after).orderBy('seq').limit(at.limit),
)

/**
 * Every message of the conversation with somebody that changed after version `since`, in version order, as it is now.
 * @throws NotFound when there is nobody of that name
 */
export async function listChanges(
  deps: Deps,
  me: Member,
  username: string,
  { since, limit }: { since: number; limit: number },
): Promise<ChangesView> {
  const thread = await findConversation(deps, me.id, username)
  if (thread.id === null) return { results: [], version: 0, more: false }
  const rows = await findChanged(deps.orm, { conversation: thread.id, since, limit: limit + 1 })
  const page = rows.slice(0, limit)
  const names = namesOf(me, thread)
  return {
    results: page.map((row) => messageView(row, names)),
    // Never a later version than that of the rows: a reader would pass over what came in between.
    version: page.at(-1)?.version ?? Math.min(since, thread.version),
    more: rows.length > limit,
  }
}

const findChanged = prepared((db, at: { conversation: number; since: number; limit: number }) =>
  messagesOf(db, at.conversation).where('version', '>', at.since).orderBy('version').limit(at.limit),
)

/** @throws NotFound, for a message of others just as for none */
export async function getMessage(deps: Deps, me: Member, id: string): Promise<MessageView> {
  const { conversation, seq } = parseMessageId(id)
  const row = await messagesOf(deps.orm.em.getKysely<Tables>(), conversation)
    .where('seq', '=', seq)
    .innerJoin('conversation', 'conversation.id', 'message.conversation_id')
    .innerJoin('user as low', 'low.id', 'conversation.low_id')
    .innerJoin('user as high', 'high.id', 'conversation.high_id')
    .where(({ or, eb }) => or([eb('low.id', '=', me.id), eb('high.id', '=', me.id)]))
    .select([
      'low.id as low_id',
      'low.username as low_name',
      'high.id as high_id',
      'high.username as high_name',
    ])
    .executeTakeFirst()
  if (!row) throw new NotFound()
  return messageView(
    row,
    new Map([
      [row.low_id, row.low_name],
      [row.high_id, row.high_name],
    ]),
  )
}

/**
 * Where the message with this public ID is.
 * @throws NotFound
 */
export function parseMessageId(id: string): { conversation: number; seq: number } {
  const [, conversation, seq] = /^([1-9]\d{0,9})-([1-9]\d{0,9})$/.exec(id) ?? []
  if (!conversation || !seq) throw new NotFound()
  return { conversation: Number(conversation), seq: Number(seq) }
}

/** @throws Invalid */
function checkBody(text: string): string {
  const body = text.trim()
  if (!body) throw new Invalid({ body: 'body_empty' })
  if ([...body].length > BODY_LIMIT) throw new Invalid({ body: 'body_long' })
  if (!body.isWellFormed() || body.includes('\0')) throw new Invalid({ body: 'text' })
  return body
}

function messagesOf(db: Kysely<Tables>, conversation: number) {
  return db.selectFrom('message').select(messageColumns).where('message.conversation_id', '=', conversation)
}

function namesOf(me: Member, { person }: ExistingConversation | NewConversation): Names {
  return new Map([
    [me.id, me.username],
    [person.id, person.username],
  ])
}
