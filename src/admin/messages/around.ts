import { NotFound } from '../../http/errors.ts'
import type { MessageView } from '../../messages/schema.ts'
import { messagesWithPeople, messageWithPeopleView } from '../../messages/with-people.ts'
import type { Deps } from '../../process/deps.ts'

/** Messages before and after the requested one, for context. */
const NEIGHBOURS = 5

/**
 * Returns a message and its neighbours, in order, and the IDs of both people. The caller must authorize the access and record
 * it in the audit log.
 * @throws NotFound
 */
export async function listMessagesAround(
  deps: Deps,
  { conversation, seq }: { conversation: number; seq: number },
): Promise<{ messages: MessageView[]; people: { author: number; recipient: number } }> {
  const rows = await messagesWithPeople(deps)
    .where('message.conversation', '=', conversation)
    // Excludes own notes.
    .whereRef('low.id', '!=', 'high.id')
    .where('message.seq', '>=', seq - NEIGHBOURS)
    .where('message.seq', '<=', seq + NEIGHBOURS)
    .orderBy('message.seq')
    .execute()
  const target = rows.find((row) => row.seq === seq)
  if (!target) throw new NotFound()
  const { sender: author, lowId, highId } = target
  const people = { author, recipient: author === lowId ? highId : lowId }
  return { messages: rows.map(messageWithPeopleView), people }
}
