import { findConversation } from '../conversations/lookup.ts'
import type { Tables } from '../database/orm.ts'
import { prepared } from '../database/prepared-query.ts'
import { BadRequest, NotFound } from '../http/errors.ts'
import type { Deps } from '../process/deps.ts'
import type { MessagePageView, MessageView } from './schema.ts'
import { type Member, messagesOf, messageView, namesOf } from './view.ts'

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
