import { ConversationEntity } from '../../conversations/entity.ts'
import { transaction } from '../../database/orm.ts'
import { queryBuilder } from '../../database/tables.ts'
import type { JobHandler } from '../../jobs/runner.ts'
import { publishEvent } from '../../live/publish.ts'
import type { Deps } from '../../process/deps.ts'
import { tombstoneName } from '../users/names.ts'

/** Announces a deleted account in its conversations. The payload is `{ user }`, the ID of the account. */
export const DELETED_ACCOUNT_JOB = 'deleted-account'

/** Conversations changed per transaction, so that no send waits for long. */
const BATCH = 200

/**
 * Gives each conversation of a deleted account the next version, and publishes a hint to the other person. A job, because
 * there may be thousands. A repeated run takes one more version, which is harmless.
 */
export function announceDeletionHandler(deps: Deps): JobHandler {
  return {
    async run(payload, { signal }) {
      const { user } = payload as { user: number }
      for (let after = 0; ; ) {
        signal.throwIfAborted()
        const batch = await takeVersions(deps, { user, after })
        for (const { id, low, high, version } of batch) {
          const other = low.id === user ? high.id : low.id
          const event = { type: 'conversation', id: String(id), with: tombstoneName(user), version } as const
          publishEvent(deps, other, event)
        }
        const last = batch.at(-1)
        if (!last) return
        after = last.id
      }
    },
  }
}

/** Raises the versions of the next conversations by ID, and returns them. */
function takeVersions(deps: Deps, { user, after }: { user: number; after: number }) {
  return transaction(deps, async (em) => {
    const mine = { $or: [{ low: user }, { high: user }], id: { $gt: after }, lastSeq: { $gt: 0 } }
    const found = await em.find(ConversationEntity, mine, {
      orderBy: { id: 'asc' },
      limit: BATCH,
      fields: ['id'],
    })
    const ids = found.map(({ id }) => id)
    if (ids.length === 0) return []
    await queryBuilder(em)
      .updateTable('conversation')
      .set(({ eb }) => ({ version: eb('version', '+', 1) }))
      .where('id', 'in', ids)
      .execute()
    em.clear()
    return em.find(ConversationEntity, { id: { $in: ids } }, { orderBy: { id: 'asc' } })
  })
}
