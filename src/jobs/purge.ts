import { InviteEntity } from '../accounts/invites/entity.ts'
import { SessionEntity } from '../accounts/sessions/entity.ts'
import { ChallengeEntity } from '../accounts/sign-in/entity.ts'
import { AccountLinkEntity } from '../accounts/users/entity.ts'
import { eraseDeletedContent } from '../database/erase.ts'
import { type Orm, transaction } from '../database/orm.ts'
import { JobEntity } from './entity.ts'
import type { JobHandler } from './runner.ts'

export const PURGE_JOB = 'purge'

const HOUR = 60 * 60 * 1000

/** Milliseconds for which a failed job stays visible. */
const KEEP_FAILED_MS = 7 * 24 * HOUR

/** Rows deleted per transaction, so that no other transaction waits for long. */
const BATCH = 500

/** Deletes expired sessions, challenges, account links and invites, and jobs that failed a week ago; about once an hour. */
export function purgeHandler({ orm, now }: { orm: Orm; now: () => Date }): JobHandler {
  return {
    every: HOUR,
    async run(_, { signal }) {
      const expired = { expiresAt: { $lte: now() } }
      await deleteAll(signal, async () => {
        const rows = await orm.em.fork().find(SessionEntity, expired, { fields: ['id'], limit: BATCH })
        const ids = rows.map(({ id }) => id)
        return transaction({ orm }, (em) => em.nativeDelete(SessionEntity, { id: { $in: ids }, ...expired }))
      })
      await deleteAll(signal, async () => {
        const rows = await orm.em.fork().find(AccountLinkEntity, expired, { fields: ['id'], limit: BATCH })
        const ids = rows.map(({ id }) => id)
        return transaction({ orm }, (em) => em.nativeDelete(AccountLinkEntity, { id: { $in: ids } }))
      })
      await deleteAll(signal, async () => {
        const rows = await orm.em.fork().find(InviteEntity, expired, { fields: ['id'], limit: BATCH })
        const ids = rows.map(({ id }) => id)
        return transaction({ orm }, (em) => em.nativeDelete(InviteEntity, { id: { $in: ids } }))
      })
      await deleteAll(signal, async () => {
        const rows = await orm.em.fork().find(ChallengeEntity, expired, { fields: ['hash'], limit: BATCH })
        const hashes = rows.map(({ hash }) => hash)
        return transaction({ orm }, (em) => em.nativeDelete(ChallengeEntity, { hash: { $in: hashes } }))
      })
      const failed = { failedAt: { $lte: new Date(now().getTime() - KEEP_FAILED_MS) } }
      await deleteAll(signal, async () => {
        const rows = await orm.em.fork().find(JobEntity, failed, { fields: ['id'], limit: BATCH })
        const ids = rows.map(({ id }) => id)
        return transaction({ orm }, (em) => em.nativeDelete(JobEntity, { id: { $in: ids } }))
      })
      await eraseDeletedContent({ orm })
    },
  }
}

/** Repeats until no row is left or the process stops. The next run deletes the rest. */
async function deleteAll(signal: AbortSignal, deleteBatch: () => Promise<number>): Promise<void> {
  while (!signal.aborted && (await deleteBatch()) > 0);
}
