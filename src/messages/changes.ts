import { findConversation } from '../conversations/lookup.ts'
import { type Param, prepared } from '../database/prepared-query.ts'
import type { Deps } from '../process/deps.ts'
import type { ChangesView } from './schema.ts'
import { type Member, messagesOf, messageView, namesOf } from './view.ts'

/**
 * Returns the messages of the conversation with another user that changed after version `since`, in version order and in
 * their current state.
 * @throws NotFound when no user has this name
 */
export async function listChanges(
  deps: Deps,
  me: Member,
  username: string,
  { since, limit }: { since: number; limit: number },
): Promise<ChangesView> {
  const found = await findConversation(deps, me.id, username)
  if (found.id === null) return { results: [], version: 0, more: false }
  const rows = await findChanged(deps.orm, { conversation: found.id, since, limit: limit + 1 })
  const page = rows.slice(0, limit)
  const names = namesOf(me, found)
  return {
    results: page.map((row) => messageView(row, names)),
    // Not the conversation's version: a client would then skip changes committed after the rows were read.
    version: page.at(-1)?.version ?? Math.min(since, found.version),
    more: rows.length > limit,
  }
}

const findChanged = prepared((db, param: Param<{ conversation: number; since: number; limit: number }>) =>
  messagesOf(db, param('conversation'))
    .where('version', '>', param('since'))
    .orderBy('version')
    .limit(param('limit')),
)
