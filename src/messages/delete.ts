import { sql } from 'kysely'
import type { Orm, Tables } from '../database/orm.ts'
import { publishEvent } from '../live/publish.ts'
import type { Deps } from '../process/deps.ts'

/**
 * Takes a message away, as a part of a transaction: both people then see that there was one, and its text is gone for
 * good. Its place stays, and the conversation has one more version, so every client reads it as it is now. Removing it
 * twice does no harm.
 * @returns what tells both people, once it is committed
 */
export async function deleteMessage(
  em: Orm['em'],
  deps: Pick<Deps, 'bus' | 'log' | 'now'>,
  { conversation, seq }: { conversation: number; seq: number },
): Promise<() => void> {
  const db = em.getKysely<Tables>({ convertValues: true })
  const people = await db
    .selectFrom('message')
    .innerJoin('conversation', 'conversation.id', 'message.conversation_id')
    .innerJoin('user as low', 'low.id', 'low_id')
    .innerJoin('user as high', 'high.id', 'high_id')
    .where('message.conversation_id', '=', conversation)
    .where('message.seq', '=', seq)
    .where('message.deleted_at', 'is', null)
    .select(['low.id as low_id', 'low.username as low', 'high.id as high_id', 'high.username as high'])
    .executeTakeFirst()
  if (!people) return () => {}

  // First of what is written, as a send does: its row is the lock of all that follows.
  await db
    .updateTable('conversation')
    .set({ version: sql`version + 1` })
    .where('id', '=', conversation)
    .execute()
  const { version } = await db
    .selectFrom('conversation')
    .select('version')
    .where('id', '=', conversation)
    .executeTakeFirstOrThrow()
  await db
    .updateTable('message')
    .set({ body: '', deleted_at: deps.now() as never, version })
    .where('conversation_id', '=', conversation)
    .where('seq', '=', seq)
    .execute()

  return () => {
    const event = { type: 'message', id: `${conversation}-${seq}`, seq, version } as const
    publishEvent(deps, people.low_id, { ...event, with: people.high })
    if (people.high_id !== people.low_id) publishEvent(deps, people.high_id, { ...event, with: people.low })
  }
}
