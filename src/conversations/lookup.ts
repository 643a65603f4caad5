import { UniqueConstraintViolationException } from '@mikro-orm/core'
import { sql } from 'kysely'
import { hashHandle, isUsername, tombstoneName } from '../accounts/users/names.ts'
import type { PersonView } from '../accounts/users/schema.ts'
import { transaction } from '../database/orm.ts'
import { type Param, prepared } from '../database/prepared-query.ts'
import { UnknownPerson } from '../http/errors.ts'
import type { Deps } from '../process/deps.ts'
import { ConversationEntity, MemberEntity } from './entity.ts'

/** A conversation as seen by `me`, without its messages. */
export type ExistingConversation = {
  id: number
  lastSeq: number
  version: number
  person: PersonView & { id: number }
  /** A message can be sent: neither has blocked the other, and the person's account is active. */
  open: boolean
  /** `me` has blocked the person. */
  blocked: boolean
  /** The person has deleted their account. */
  gone: boolean
}

/**
 * Finds the conversation of `me` with another person by username, so a user cannot address a conversation of others. `id` is
 * null until the first message. A conversation with a deleted account is also found under its former username.
 * @throws UnknownPerson
 */
export async function findConversation(
  deps: Deps,
  me: number,
  username: string,
): Promise<ExistingConversation | NewConversation> {
  if (!isUsername(username)) throw new UnknownPerson()
  const handle = username.toLowerCase()
  const [row] = await findPair(deps.orm, { me, handle })
  if (!row) return findDeleted(deps, me, handle)
  const blocked = row.mine !== null
  const open = !blocked && row.theirs === null && row.disabledAt === null
  const known = {
    person: { id: row.person, username: row.username, displayName: row.displayName, avatar: row.avatar },
    ...{ open, blocked, gone: row.deletedAt !== null },
  }
  return row.id === null
    ? { id: null, lastSeq: 0, version: 0, ...known }
    : { id: row.id, lastSeq: row.lastSeq ?? 0, version: row.version ?? 0, ...known }
}

/** Finds a conversation by the former username of a deleted account. @throws UnknownPerson */
async function findDeleted(deps: Deps, me: number, handle: string): ReturnType<typeof findConversation> {
  const [retired] = await findRetired(deps.orm, { handleHash: hashHandle(handle) })
  if (!retired) throw new UnknownPerson()
  return findConversation(deps, me, tombstoneName(retired.user))
}

const findRetired = prepared((db, param: Param<{ handleHash: string }>) =>
  db.selectFrom('retired_name').where('handle_hash', '=', param('handleHash')).select('user'),
)

export type NewConversation = Omit<ExistingConversation, 'id'> & { id: null }

/** The two user IDs of the conversation of `me` and the user in a column: the lower one first, as they are stored. */
export function pairOf(userColumn: string, me: number) {
  const user = sql.ref<number>(userColumn)
  return {
    low: sql<number>`case when ${user} < ${me} then ${user} else ${me} end`,
    high: sql<number>`case when ${user} < ${me} then ${me} else ${user} end`,
  }
}

const findPair = prepared((db, param: Param<{ me: number; handle: string }>) => {
  const me = param('me')
  const pair = pairOf('user.id', me)
  return (
    db
      .selectFrom('user')
      .leftJoin('conversation', (join) => join.on('low_id', '=', pair.low).on('high_id', '=', pair.high))
      .leftJoin('block as mine', (join) =>
        join.onRef('mine.blocked_id', '=', 'user.id').on('mine.blocker_id', '=', me),
      )
      .leftJoin('block as theirs', (join) =>
        join.onRef('theirs.blocker_id', '=', 'user.id').on('theirs.blocked_id', '=', me),
      )
      .where('user.handle', '=', param('handle'))
      // A conversation stays readable when the other account is disabled or deleted.
      .where(({ or, eb }) => or([eb('user.disabled_at', 'is', null), eb('conversation.id', 'is not', null)]))
      .select(['user.id as person', 'user.username', 'user.display_name as displayName', 'user.avatar'])
      .select(['user.disabled_at as disabledAt', 'user.deleted_at as deletedAt'])
      .select(['conversation.id', 'conversation.last_seq as lastSeq', 'conversation.version'])
      .select(['mine.blocked_id as mine', 'theirs.blocker_id as theirs'])
  )
})

/** Returns the ID of the conversation of two people, and creates the conversation if it does not exist. */
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
