import { LockMode } from '@mikro-orm/core'
import { UserEntity } from '../../accounts/users/entity.ts'
import { eraseDeletedContent } from '../../database/erase.ts'
import { parseId } from '../../database/ids.ts'
import { transaction } from '../../database/orm.ts'
import { queryBuilder } from '../../database/tables.ts'
import { NotFound } from '../../http/errors.ts'
import { decodeCursor, isTimeKey, pageOf } from '../../http/paging.ts'
import { deleteMessage } from '../../messages/delete.ts'
import { MessageEntity } from '../../messages/entity.ts'
import { ReportEntity } from '../../moderation/entity.ts'
import type { OUTCOMES } from '../../moderation/schema.ts'
import type { Deps } from '../../process/deps.ts'
import { type Actor, recordAudit } from '../audit-log/service.ts'
import { listMessagesAround } from '../messages/around.ts'
import type { AdminReportPageView, AdminReportView, ReadReportView } from '../schema.ts'
import { type AfterCommit, applyChange } from '../users/change.ts'
import { lockAdminsFor } from '../users/lock.ts'
import { DecidedDifferently } from './errors.ts'

type Outcome = (typeof OUTCOMES)[number]

/** Returns one page of the open reports, oldest first, or of the closed ones, most recently closed first. */
export async function listReports(
  deps: Deps,
  { state, cursor, limit }: { state: 'open' | 'closed'; cursor?: string | undefined; limit: number },
): Promise<AdminReportPageView> {
  const direction = state === 'open' ? 'asc' : 'desc'
  let query = reportsOf(deps)
    .where('report.closedAt', state === 'open' ? 'is' : 'is not', null)
    .orderBy('report.closedAt', direction)
    .orderBy('report.id', direction)
    .limit(limit + 1)
  const from = decodeCursor(cursor, isTimeKey)
  if (from) {
    const [at, id] = from
    const closedAt = new Date(at)
    query =
      state === 'open'
        ? query.where('report.id', '>', id)
        : query
            .where('report.closedAt', '<=', closedAt)
            .where(({ or, eb }) => or([eb('report.closedAt', '<', closedAt), eb('report.id', '<', id)]))
  }
  const rows = await query.execute()
  const { results, next } = pageOf(rows, limit, ({ closedAt, id }) => [closedAt?.getTime() ?? 0, id])
  return { results: results.map(reportView), next }
}

/**
 * Returns a report, with the message and its neighbours. The access is recorded in the audit log first.
 * @throws NotFound, Forbidden
 */
export async function readReport(deps: Deps, actor: Actor, id: string): Promise<ReadReportView> {
  const report = await findReport(deps, id)
  const [conversation, seq] = report.message.split('-').map(Number) as [number, number]
  const { messages, people } = await listMessagesAround(deps, { conversation, seq })
  const entry = {
    action: 'report.read',
    target: `report ${Number(id)}`,
    detail: { message: report.message, ...people },
  } as const
  await transaction(deps, (em) => recordAudit(em, { actor, at: deps.now() }, entry))
  return { ...report, messages }
}

/**
 * Closes a report: dismisses it, deletes the message, or disables its author. Idempotent for the same decision.
 * @throws NotFound, DecidedDifferently, Forbidden, LastAdmin, CannotDisableSelf
 */
export async function decideReport(
  deps: Deps,
  actor: Actor,
  { id, outcome }: { id: string; outcome: Outcome },
): Promise<AdminReportView> {
  const afterCommit = await transaction(deps, async (em): Promise<AfterCommit> => {
    const admins = await lockAdminsFor(em, actor)
    const report = await em.findOne(ReportEntity, parseId(id), { lockMode: LockMode.PESSIMISTIC_WRITE })
    if (!report) throw new NotFound()
    if (report.outcome === outcome) return async () => {}
    if (report.outcome) throw new DecidedDifferently()
    const key = { conversation: report.conversation.id, seq: report.seq }
    const { sender } = await em.findOneOrFail(MessageEntity, key, { fields: ['sender'] })
    const at = deps.now()
    await em.nativeUpdate(ReportEntity, { id: report.id }, { outcome, closedAt: at, closedBy: actor.id })
    await recordAudit(
      em,
      { actor, at },
      {
        action: `report.${outcome}`,
        target: `report ${report.id}`,
        detail: {
          message: `${key.conversation}-${key.seq}`,
          author: sender.id,
          recipient: report.reporter.id,
        },
      },
    )
    if (outcome === 'deleted') {
      const publish = await deleteMessage(deps, { em, ...key })
      return async () => {
        publish()
        await eraseDeletedContent(deps)
      }
    }
    if (outcome === 'dismissed') return async () => {}
    const user = await em.findOneOrFail(UserEntity, sender.id, {
      lockMode: LockMode.PESSIMISTIC_WRITE,
      refresh: true,
    })
    return applyChange(em, deps, { actor, admins, user, change: { disabled: true } })
  })
  await afterCommit()
  return findReport(deps, id)
}

async function findReport(deps: Deps, id: string): Promise<AdminReportView> {
  const row = await reportsOf(deps).where('report.id', '=', parseId(id)).executeTakeFirst()
  if (!row) throw new NotFound()
  return reportView(row)
}

function reportsOf({ orm }: Deps) {
  return queryBuilder(orm.em.fork())
    .selectFrom('report')
    .innerJoin('message', (join) =>
      join.onRef('message.conversation', '=', 'report.conversation').onRef('message.seq', '=', 'report.seq'),
    )
    .innerJoin('user as author', 'author.id', 'message.sender')
    .innerJoin('user as reporter', 'reporter.id', 'report.reporter')
    .leftJoin('user as closer', 'closer.id', 'report.closedBy')
    .select([
      'report.id',
      'report.conversation as conversation',
      'report.seq',
      'report.reason',
      'report.outcome',
    ])
    .select(['report.createdAt', 'report.closedAt'])
    .select(['author.username as author', 'reporter.username as reporter', 'closer.username as closer'])
}

function reportView(
  row: NonNullable<Awaited<ReturnType<ReturnType<typeof reportsOf>['executeTakeFirst']>>>,
): AdminReportView {
  return {
    id: String(row.id),
    reporter: row.reporter,
    author: row.author,
    message: `${row.conversation}-${row.seq}`,
    reason: row.reason,
    createdAt: row.createdAt.toISOString(),
    outcome: row.outcome ?? null,
    closedAt: row.closedAt?.toISOString() ?? null,
    closedBy: row.closer,
  }
}
