import { personView } from '../accounts/users/directory.ts'
import { findConversation } from '../conversations/lookup.ts'
import { type Param, prepared } from '../database/prepared-query.ts'
import { Invalid } from '../http/errors.ts'
import type { Deps } from '../process/deps.ts'
import type { ChangesView } from './schema.ts'
import { type Member, type MessageRow, messagesOf, messageView, namesOf } from './view.ts'

/**
 * Returns the messages of the conversation with another user that changed after version `since`, in version order and in
 * their current state.
 * @throws NotFound when no user has this name; Invalid when `since` is higher than the version of the conversation
 */
export async function listChanges(
  deps: Deps,
  me: Member,
  username: string,
  { since, limit }: { since: number; limit: number },
): Promise<ChangesView> {
  const found = await findConversation(deps, me.id, username)
  const rows =
    found.id === null ? [] : await findChanged(deps.orm, { conversation: found.id, since, limit: limit + 1 })
  const version = rows[0]?.conversationVersion ?? 0
  if (since > version) throw new Invalid({ since: 'unknown_version' })
  const changed = rows
    .filter((row): row is typeof row & MessageRow => row.seq !== null)
    // SQL keeps no order of a subquery.
    .sort((one, other) => one.version - other.version)
  const page = changed.slice(0, limit)
  const more = changed.length > limit
  const names = namesOf(me, found)
  return {
    person: personView(found.person),
    results: page.map((row) => messageView(row, names)),
    version: more ? page.at(-1)!.version : version,
    more,
  }
}

/**
 * One statement reads the version of the conversation and its messages, so both are of the same moment and of the same
 * database node: a client of a later version than its messages would never read the missing ones.
 */
const findChanged = prepared((db, param: Param<{ conversation: number; since: number; limit: number }>) =>
  db
    .selectFrom('conversation')
    .leftJoin(
      // Sorted in here, where the index has this order.
      messagesOf(db, param('conversation'))
        .where('version', '>', param('since'))
        .orderBy('version')
        .limit(param('limit'))
        .as('changed'),
      (join) => join.onRef('changed.conversation', '=', 'conversation.id'),
    )
    .where('conversation.id', '=', param('conversation'))
    .select('conversation.version as conversationVersion')
    .selectAll('changed'),
)
