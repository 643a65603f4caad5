import { UniqueConstraintViolationException } from '@mikro-orm/core'
import type { Me } from '../accounts/sessions/session.ts'
import type { PersonView } from '../accounts/users/schema.ts'
import { findConversation } from '../conversations/lookup.ts'
import { checkCharacters } from '../database/characters.ts'
import { queryBuilder } from '../database/tables.ts'
import { Invalid } from '../http/errors.ts'
import { decodeCursor, isIdKey, type Page, pageOf } from '../http/paging.ts'
import { getMessage, parseMessageId } from '../messages/history.ts'
import { VISIBLE } from '../messages/limits.ts'
import type { Deps } from '../process/deps.ts'
import { BlockEntity, ReportEntity } from './entity.ts'
import { REASON_LIMIT } from './limits.ts'
import type { ReportView } from './schema.ts'

/**
 * Blocks a person: neither of the two can message the other. The person is not notified, and existing messages stay.
 * Idempotent.
 * @throws NotFound when no user has this name; Invalid for the user's own name
 */
export async function block(deps: Deps, me: Pick<Me, 'id'>, username: string): Promise<void> {
  const { person } = await findConversation(deps, me.id, username)
  if (person.id === me.id) throw new Invalid({ username: 'block_self' })
  await deps.orm.em
    .fork()
    .insert(BlockEntity, { blocker: me.id, blocked: person.id, createdAt: deps.now() })
    .catch((error) => {
      if (!(error instanceof UniqueConstraintViolationException)) throw error
    })
}

/** Unblocks a person. Idempotent. @throws NotFound when no user has this name */
export async function unblock(deps: Deps, me: Pick<Me, 'id'>, username: string): Promise<void> {
  const { person } = await findConversation(deps, me.id, username)
  await deps.orm.em.fork().nativeDelete(BlockEntity, { blocker: me.id, blocked: person.id })
}

/** Returns one page of the people whom `me` has blocked. */
export async function listBlocked(
  { orm }: Deps,
  me: Pick<Me, 'id'>,
  { cursor, limit }: { cursor?: string | undefined; limit: number },
): Promise<Page<PersonView>> {
  const [after] = decodeCursor(cursor, isIdKey) ?? [0]
  const rows = await queryBuilder(orm.em.fork())
    .selectFrom('block')
    .innerJoin('user', 'user.id', 'block.blocked')
    .where('block.blocker', '=', me.id)
    .where('block.blocked', '>', after)
    .select(['user.id', 'user.username', 'user.displayName', 'user.avatar'])
    .orderBy('block.blocked')
    .limit(limit + 1)
    .execute()
  const { results, next } = pageOf(rows, limit, ({ id }) => [id])
  return {
    results: results.map(({ username, displayName, avatar }) => ({ username, displayName, avatar })),
    next,
  }
}

/**
 * Reports a received message, so that administrators can read it and the ones around it. A repeated report returns the first
 * one with `created` false.
 * @throws NotFound, also for a message of another conversation; Invalid for the reason or an own message; TooManyRequests
 */
export async function createReport(
  deps: Deps,
  me: Pick<Me, 'id' | 'username'>,
  { message: id, reason: text }: { message: string; reason: string },
): Promise<{ report: ReportView; created: boolean }> {
  const message = await getMessage(deps, me, id)
  if (message.sender === me.username) throw new Invalid({ message: 'report_own' })
  const reason = checkReason(text)
  await deps.limits.take('report', String(me.id))
  const key = { ...parseMessageId(id), reporter: me.id }
  const createdAt = deps.now()
  try {
    await deps.orm.em.fork().insert(ReportEntity, { ...key, reason, createdAt })
    deps.log.info({ message: id }, 'a message was reported')
    return { report: { message: id, reason, createdAt: createdAt.toISOString() }, created: true }
  } catch (error) {
    if (!(error instanceof UniqueConstraintViolationException)) throw error
    const first = await deps.orm.em.fork().findOneOrFail(ReportEntity, key)
    return {
      report: { message: id, reason: first.reason, createdAt: first.createdAt.toISOString() },
      created: false,
    }
  }
}

/** @throws Invalid */
function checkReason(text: string): string {
  const reason = text.trim()
  if (!reason) throw new Invalid({ reason: 'reason_empty' })
  if ([...reason].length > REASON_LIMIT) throw new Invalid({ reason: 'reason_long' })
  checkCharacters('reason', reason)
  if (!VISIBLE.test(reason)) throw new Invalid({ reason: 'invisible' })
  return reason
}
