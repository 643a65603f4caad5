import type { Orm } from '../database/orm.ts'
import type { Deps } from '../process/deps.ts'
import { changeMessageWithin } from './change-message.ts'

/**
 * Turns a message into a tombstone as part of the transaction of `em`: the body is erased, and `seq` remains. Idempotent.
 * @returns a function that publishes the change to both people; call it after the commit
 */
export function deleteMessage(
  deps: Pick<Deps, 'bus' | 'log' | 'now' | 'textUsage'>,
  key: { em: Orm['em']; conversation: number; seq: number },
): Promise<() => void> {
  return changeMessageWithin(deps, key, ({ deletedAt }) =>
    deletedAt ? null : { body: '', deletedAt: deps.now() },
  )
}
