import { LockMode } from '@mikro-orm/core'
import { UserEntity } from '../accounts/users/entity.ts'
import { ConversationEntity } from '../conversations/entity.ts'
import { type Orm, transaction } from '../database/orm.ts'
import type { Deps } from '../process/deps.ts'
import { MessageEntity } from './entity.ts'
import { publishMessageHint } from './message-hint.ts'

/** The primary key of a message. */
type MessageKey = { conversation: number; seq: number }

/**
 * Gets the locked message and returns the fields to update, or null for no change. An error rolls the transaction back. It
 * may run again after a deadlock, so it must have no side effects.
 */
type Decide = (message: Readonly<MessageEntity>) => ChangedFields | null

type ChangedFields = Partial<Pick<MessageEntity, 'body' | 'editedAt' | 'deletedAt'>>

/**
 * Changes a message in its own transaction, then publishes one hint to both people. Every change of a message must use this
 * function or `changeMessageWithin`, so that `changes` returns it. Does nothing if the message does not exist.
 */
export async function changeMessage(deps: Deps, key: MessageKey, decide: Decide): Promise<void> {
  const publish = await transaction(deps, (em) => changeMessageWithin(deps, { em, ...key }, decide))
  publish()
}

/**
 * Changes a message as part of the transaction of `em`.
 * @returns a function that publishes the hint; call it after the commit
 */
export async function changeMessageWithin(
  deps: Pick<Deps, 'bus' | 'log' | 'textUsage'>,
  { em, conversation: id, seq }: MessageKey & { em: Orm['em'] },
  decide: Decide,
): Promise<() => void> {
  // Lock order as in a send: the conversation's row guards `version`. Both rows are read under the lock, because the
  // snapshot of an outer transaction on MySQL may be older.
  const locked = { lockMode: LockMode.PESSIMISTIC_WRITE, refresh: true } as const
  const conversation = await em.findOne(ConversationEntity, id, locked)
  const message = conversation && (await em.findOne(MessageEntity, { conversation: id, seq }, locked))
  const fields = message && decide(message)
  if (!fields) return () => {}

  const bytes = Buffer.byteLength(fields.body ?? message.body) - Buffer.byteLength(message.body)
  conversation.version++
  em.assign(message, { ...fields, version: conversation.version })
  await em.flush()

  const { low, high, version } = conversation
  const people = await em.find(UserEntity, [low.id, high.id], { fields: ['username'] })
  return () => {
    publishMessageHint(deps, { conversation: id, seq, version, people })
    deps.textUsage.add(message.sender.id, bytes)
  }
}
