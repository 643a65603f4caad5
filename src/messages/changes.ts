import { findConversation } from '../conversations/lookup.ts'
import { prepared } from '../database/prepared-query.ts'
import type { Deps } from '../process/deps.ts'
import type { ChangesView } from './schema.ts'
import { type Member, messagesOf, messageView, namesOf } from './view.ts'

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
