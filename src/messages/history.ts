import { type ExistingConversation, findConversation, type NewConversation } from '../conversations/lookup.ts'
import { parseId } from '../database/ids.ts'
import { type Param, prepared } from '../database/prepared-query.ts'
import { NotFound } from '../http/errors.ts'
import type { Deps } from '../process/deps.ts'
import { BeforeAndAfter } from './errors.ts'
import type { MessagePageView, MessageView } from './schema.ts'
import { type Member, messagesOf, messageView, namesOf } from './view.ts'
import { messagesWithPeople, messageWithPeopleView } from './with-people.ts'

/**
 * Returns one page of the conversation with another user, oldest first: the newest page, or the page before or after a `seq`.
 * @throws NotFound when no user has this name; BadRequest for both `before` and `after`
 */
export async function listMessages(
  deps: Deps,
  me: Member,
  username: string,
  range: Range,
): Promise<MessagePageView> {
  return listMessagesIn(deps, me, await findConversation(deps, me.id, username), range)
}

/** At most `limit` messages before or after a `seq`; the newest ones without either. */
type Range = { before?: number | undefined; after?: number | undefined; limit: number }

/**
 * The same as {@link listMessages}, for a conversation that the caller has found.
 * @throws BadRequest for both `before` and `after`
 */
export async function listMessagesIn(
  { orm }: Deps,
  me: Member,
  found: ExistingConversation | NewConversation,
  { before, after, limit }: Range,
): Promise<MessagePageView> {
  if (before !== undefined && after !== undefined) throw new BeforeAndAfter()
  if (found.id === null) return { results: [], previous: null, next: null }
  const conversation = found.id
  const rows =
    after === undefined
      ? (await findEarlier(orm, { conversation, before: before ?? ABOVE_ALL, limit })).reverse()
      : await findLater(orm, { conversation, after, limit })

  const names = namesOf(me, found)
  // An empty page is before the first message or after the last one.
  const position = Math.max(1, Math.min(before ?? (after ?? 0) + 1, found.lastSeq + 1))
  const first = rows[0]?.seq ?? position
  const last = rows.at(-1)?.seq ?? position - 1
  return {
    results: rows.map((row) => messageView(row, names)),
    previous: first > 1 ? first : null,
    next: last < found.lastSeq ? last : null,
  }
}

/** Greater than any `seq`. */
const ABOVE_ALL = 2 ** 32

const findEarlier = prepared((db, param: Param<{ conversation: number; before: number; limit: number }>) =>
  messagesOf(db, param('conversation'))
    .where('seq', '<', param('before'))
    .orderBy('seq', 'desc')
    .limit(param('limit')),
)

const findLater = prepared((db, param: Param<{ conversation: number; after: number; limit: number }>) =>
  messagesOf(db, param('conversation'))
    .where('seq', '>', param('after'))
    .orderBy('seq')
    .limit(param('limit')),
)

/** @throws NotFound, also for a message of another conversation */
export async function getMessage(deps: Deps, me: Member, id: string): Promise<MessageView> {
  const { conversation, seq } = parseMessageId(id)
  const row = await messagesWithPeople(deps)
    .where('message.conversation', '=', conversation)
    .where('message.seq', '=', seq)
    .where(({ or, eb }) => or([eb('low.id', '=', me.id), eb('high.id', '=', me.id)]))
    .executeTakeFirst()
  if (!row) throw new NotFound()
  return messageWithPeopleView(row)
}

/**
 * Parses the public ID of a message.
 * @throws NotFound
 */
export function parseMessageId(id: string): { conversation: number; seq: number } {
  const [conversation = '', seq = '', ...rest] = id.split('-')
  if (rest.length > 0) throw new NotFound()
  return { conversation: parseId(conversation), seq: parseId(seq) }
}
