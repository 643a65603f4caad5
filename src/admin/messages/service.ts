import { sql } from 'kysely'
import { checkCharacters } from '../../database/characters.ts'
import { transaction } from '../../database/orm.ts'
import { queryBuilder } from '../../database/tables.ts'
import { Invalid } from '../../http/errors.ts'
import { type Cursor, decodeCursor, encodeCursor, pageOf } from '../../http/paging.ts'
import { parseMessageId } from '../../messages/history.ts'
import type { MessageView } from '../../messages/schema.ts'
import { messagesWithPeople, messageWithPeopleView } from '../../messages/with-people.ts'
import type { Deps } from '../../process/deps.ts'
import { type Actor, recordAudit } from '../audit-log/service.ts'
import type { FoundMessagesView } from '../schema.ts'
import { findUserId } from '../users/list.ts'
import { listMessagesAround } from './around.ts'

/** Maximum number of messages that one search reads. The next page continues there. */
const MAX_MESSAGES = 10_000
/** Maximum number of conversations that one search reads. */
const MAX_CONVERSATIONS = 200

type Search = {
  text?: string | undefined
  /** Usernames. */
  author?: string | undefined
  recipient?: string | undefined
  since?: Date | undefined
  /** Exclusive. */
  until?: Date | undefined
  cursor?: string | undefined
  limit: number
}

/**
 * Searches the messages of all users, except own notes: by conversation, newest first in each. The filters and the results
 * are recorded in the audit log before they are returned. One call reads a bounded range, so a page may be empty although
 * `next` is not null.
 * @throws BadRequest, Invalid
 */
export async function searchMessages(deps: Deps, actor: Actor, search: Search): Promise<FoundMessagesView> {
  const { text, since, until, cursor } = search
  if (text) checkCharacters('text', text)
  const from = decodeCursor(cursor, isKey)
  const author = await idOf(deps, 'author', search.author)
  const recipient = await idOf(deps, 'recipient', search.recipient)
  const filters = {
    ...(text && { text }),
    ...(author && { author }),
    ...(recipient && { recipient }),
    ...(since && { since: since.toISOString() }),
    ...(until && { until: until.toISOString() }),
  }
  const { results, next } = await findMessages(deps, search, { author, recipient, from })
  const detail = { ...filters, shown: shortIds(results) }
  await transaction(deps, (em) =>
    recordAudit(em, { actor, at: deps.now() }, { action: 'message.searched', detail }),
  )
  return { results, next }
}

/** User IDs to filter by, and the position at which the search continues. */
type Criteria = {
  author: number | null
  recipient: number | null
  from: readonly [number, number] | null
}

async function findMessages(
  deps: Deps,
  { text, since, until, limit }: Search,
  { author, recipient, from }: Criteria,
): Promise<FoundMessagesView> {
  const people = [author, recipient].filter((id) => id !== null)
  const { parts, end } = await partsToSearch(deps, { people, since, from })
  if (parts.length === 0) return { results: [], next: end && encodeCursor(end) }
  let query = messagesWithPeople(deps)
    .where(({ or, and, eb }) =>
      or(
        parts.map(({ conversation, after, upTo }) =>
          and([
            eb('message.conversation', '=', conversation),
            eb('message.seq', '>', after),
            eb('message.seq', '<=', upTo),
          ]),
        ),
      ),
    )
    .orderBy('message.conversation', 'desc')
    .orderBy('message.seq', 'desc')
    .limit(limit + 1)
  if (text) {
    const pattern = `%${text.replace(/[!%_]/g, '!$&')}%`
    query = query.where(sql<boolean>`lower(message.body) like lower(${pattern}) escape '!'`)
  }
  if (author) query = query.where('message.sender', '=', author)
  if (recipient) query = query.where('message.sender', '!=', recipient)
  if (since) query = query.where('message.createdAt', '>=', since)
  if (until) query = query.where('message.createdAt', '<', until)
  const rows = await query.execute()
  const { results, next } = pageOf(rows, limit, (row) => [row.conversation, row.seq])
  return { results: results.map(messageWithPeopleView), next: next ?? (end && encodeCursor(end)) }
}

/**
 * Returns a message and its neighbours. The access is recorded in the audit log first.
 * @throws NotFound
 */
export async function readMessage(deps: Deps, actor: Actor, id: string): Promise<MessageView[]> {
  const place = parseMessageId(id)
  const { messages, people } = await listMessagesAround(deps, place)
  const entry = { action: 'message.read', target: `message ${id}`, detail: people } as const
  await transaction(deps, (em) => recordAudit(em, { actor, at: deps.now() }, entry))
  return messages
}

/** Returns message IDs, grouped by conversation: `17-42,40` for `17-42` and `17-40`. */
function shortIds(messages: readonly MessageView[]): string[] {
  const places = messages.map(({ id }) => id.split('-') as [conversation: string, seq: string])
  return [...Map.groupBy(places, ([conversation]) => conversation)].map(
    ([conversation, found]) => `${conversation}-${found.map(([, seq]) => seq).join(',')}`,
  )
}

/** Returns null without a username. @throws Invalid */
async function idOf(deps: Deps, field: string, username: string | undefined): Promise<number | null> {
  if (!username) return null
  const id = await findUserId(deps, username)
  if (id === null) throw new Invalid({ [field]: 'nobody' })
  return id
}

type Part = { conversation: number; after: number; upTo: number }

/**
 * Returns the ranges of `seq` to search next, in the conversations of these people, from the last conversation to the first.
 * `end` is the position at which the next search continues; null at the end.
 */
async function partsToSearch(
  { orm }: Deps,
  {
    people,
    since,
    from,
  }: { people: number[]; since: Date | undefined; from: readonly [number, number] | null },
): Promise<{ parts: Part[]; end: [number, number] | null }> {
  let query = queryBuilder(orm.em.fork())
    .selectFrom('conversation')
    .select(['id', 'lastSeq'])
    .where('lastSeq', '>', 0)
    // Excludes own notes.
    .whereRef('low', '!=', 'high')
    .orderBy('id', 'desc')
    .limit(MAX_CONVERSATIONS + 1)
  for (const id of people) query = query.where(({ or, eb }) => or([eb('low', '=', id), eb('high', '=', id)]))
  if (since) query = query.where('activeAt', '>=', since)
  if (from) query = query.where('id', '<=', from[0])
  const found = await query.execute()

  const parts: Part[] = []
  let left = MAX_MESSAGES
  for (const [n, { id, lastSeq }] of found.entries()) {
    if (n === MAX_CONVERSATIONS || left === 0) return { parts, end: [id + 1, 1] }
    const upTo = from?.[0] === id ? Math.min(lastSeq, from[1] - 1) : lastSeq
    const after = Math.max(0, upTo - left)
    if (upTo > after) parts.push({ conversation: id, after, upTo })
    if (after > 0) return { parts, end: [id, after + 1] }
    left -= upTo
  }
  return { parts, end: null }
}

/** Conversation and `seq` of the last message read. */
function isKey(key: Cursor): key is [number, number] {
  return key.length === 2 && key.every((part) => Number.isSafeInteger(part) && Number(part) > 0)
}
