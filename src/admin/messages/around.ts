import type { Tables } from '../../database/orm.ts'
import { NotFound } from '../../http/errors.ts'
import type { MessageView } from '../../messages/schema.ts'
import { messageColumns, messageView } from '../../messages/view.ts'
import type { Deps } from '../../process/deps.ts'

/** Messages before and after the requested one, for context. */
const NEIGHBOURS = 5

/**
 * Returns a message and its neighbours, in order, and the IDs of both people. The caller must authorize the access and record
 * it in the audit log.
 * @throws NotFound
 */
export async function listMessagesAround(
  { orm }: Deps,
  { conversation, seq }: { conversation: number; seq: number },
): Promise<{ messages: MessageView[]; people: { author: number; recipient: number } }> {
  const rows = await orm.em
    .fork()
    .getKysely<Tables>()
    .selectFrom('message')
    .innerJoin('conversation', 'conversation.id', 'message.conversation_id')
    .innerJoin('user as low', 'low.id', 'conversation.low_id')
    .innerJoin('user as high', 'high.id', 'conversation.high_id')
    .where('message.conversation_id', '=', conversation)
    // Excludes own notes.
    .whereRef('low.id', '!=', 'high.id')
    .where('message.seq', '>=', seq - NEIGHBOURS)
    .where('message.seq', '<=', seq + NEIGHBOURS)
    .select(messageColumns)
    .select(['low.id as low_id', 'low.username as low', 'high.id as high_id', 'high.username as high'])
    .orderBy('message.seq')
    .execute()
  const target = rows.find((row) => row.seq === seq)
  if (!target) throw new NotFound()
  const { sender_id: author, low_id, high_id } = target
  const people = { author, recipient: author === low_id ? high_id : low_id }
  return { messages: rows.map(namedView), people }
}

/** Converts a row that contains both people of its conversation. */
export const namedView = (
  row: Parameters<typeof messageView>[0] & { low_id: number; low: string; high_id: number; high: string },
): MessageView =>
  messageView(
    row,
    new Map([
      [row.low_id, row.low],
      [row.high_id, row.high],
    ]),
  )
