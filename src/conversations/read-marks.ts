import type { Me } from '../accounts/sessions/session.ts'
import { type Param, prepared, preparedUpdate } from '../database/prepared-query.ts'
import { publishEvent } from '../live/publish.ts'
import type { Deps } from '../process/deps.ts'
import { type ExistingConversation, findConversation, type NewConversation } from './lookup.ts'

/** Returns the `seq` up to which `me` has read the conversation; 0 before the first message. */
export async function getReadSeq(
  { orm }: Deps,
  me: number,
  found: ExistingConversation | NewConversation,
): Promise<number> {
  if (found.id === null) return 0
  const [member] = await findMember(orm, { conversation: found.id, me })
  return member?.readSeq ?? 0
}

const findMember = prepared((db, param: Param<{ conversation: number; me: number }>) =>
  db
    .selectFrom('member')
    .where('conversation_id', '=', param('conversation'))
    .where('user_id', '=', param('me'))
    .select('read_seq as readSeq'),
)

/**
 * Moves the read mark of `me` forward, at most to the last message, and publishes a hint to the user's connections.
 * @throws NotFound when no user has this name
 */
export async function markRead(deps: Deps, me: Pick<Me, 'id'>, username: string, seq: number): Promise<void> {
  const found = await findConversation(deps, me.id, username)
  if (found.id === null) return
  const readSeq = Math.min(seq, found.lastSeq)
  const moved = await moveForward(deps.orm, { conversation: found.id, me: me.id, readSeq })
  if (moved) publishEvent(deps, me.id, { type: 'read', with: found.person.username, seq: readSeq })
}

const moveForward = preparedUpdate(
  (db, param: Param<{ conversation: number; me: number; readSeq: number }>) =>
    db
      .updateTable('member')
      .set({ read_seq: param('readSeq') })
      .where('conversation_id', '=', param('conversation'))
      .where('user_id', '=', param('me'))
      .where('read_seq', '<', param('readSeq')),
)
