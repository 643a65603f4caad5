import { sql } from 'kysely'
import { type Tables, transaction } from '../db.ts'
import type { Deps } from '../deps.ts'
import { notify } from '../live/notify.ts'

/**
 * Takes a message away: both people then see that there was one, and its text is gone for good. Its place stays, and the
 * conversation has one more version, so every client reads it as it is now. Removing it twice does no harm.
 */
export async function removeMessage(
  deps: Deps,
  { conversation, seq }: { conversation: number; seq: number },
): Promise<void> {
  const people = await deps.orm.em
    .fork()
    .getKysely<Tables>()
    .selectFrom('message')
    .innerJoin('conversation', 'conversation.id', 'message.conversation_id')
    .innerJoin('user as low', 'low.id', 'low_id')
    .innerJoin('user as high', 'high.id', 'high_id')
    .where('message.conversation_id', '=', conversation)
    .where('message.seq', '=', seq)
    .where('message.deleted_at', 'is', null)
    .select(['low.id as low_id', 'low.username as low', 'high.id as high_id', 'high.username as high'])
    .executeTakeFirst()
  if (!people) return

  const version = await transaction(deps, async (em) => {
    const db = em.getKysely<Tables>({ convertValues: true })
    // First, as a send does: its row is the lock of all that follows.
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
    return version
  })

  const event = { type: 'message', id: `${conversation}-${seq}`, seq, version } as const
  notify(deps, people.low_id, { ...event, with: people.high })
  if (people.high_id !== people.low_id) notify(deps, people.high_id, { ...event, with: people.low })
}
