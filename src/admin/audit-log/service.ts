import { UserEntity } from '../../accounts/users/entity.ts'
import type { Orm } from '../../database/orm.ts'
import { decodeCursor, isIdKey, pageOf } from '../../http/paging.ts'
import type { Deps } from '../../process/deps.ts'
import type { Action, AuditEntryView, AuditPageView } from '../schema.ts'
import { findUserId } from '../users/list.ts'
import { AuditEntity } from './entity.ts'

/** The acting administrator, their session and IP address; all null for the command line. */
export type Actor = { id: number | null; session: number | null; address: string | null }

export const commandLine: Actor = { id: null, session: null, address: null }

/** An entry refers to people by ID, so that it contains no name of a deleted account. */
export type Entry = {
  action: Action
  target?: `user ${number}` | `report ${number}` | `message ${string}`
  detail?: Omit<AuditEntryView['detail'], 'author' | 'recipient'> & { author?: number; recipient?: number }
}

/** Adds an entry to the audit log, in the transaction of the action, so that both commit or neither. */
export async function recordAudit(
  em: Orm['em'],
  { actor, at }: { actor: Actor; at: Date },
  { action, target, detail = {} }: Entry,
): Promise<void> {
  const { id, address } = actor
  const subject = detail.author ?? userIn(target) ?? null
  await em.insert(AuditEntity, { at, actor: id, action, target: target ?? null, subject, detail, address })
}

type Filter = {
  /** A username. */
  actor?: string | undefined
  action?: Action | undefined
  /** The username of the affected user, or of the author of the message. */
  user?: string | undefined
  since?: Date | undefined
  /** Exclusive. */
  until?: Date | undefined
  cursor?: string | undefined
  limit: number
}

/** Returns one page of the audit log, newest first; empty for an unknown username. */
export async function listAudit(deps: Deps, filter: Filter): Promise<AuditPageView> {
  const em = deps.orm.em.fork()
  const [before] = decodeCursor(filter.cursor, isIdKey) ?? []
  const { action, since, until, limit } = filter
  const [actor, user] = await Promise.all(
    [filter.actor, filter.user].map(async (name) => (name ? ((await findUserId(deps, name)) ?? 0) : null)),
  )
  const entries = await em.find(
    AuditEntity,
    {
      ...(before !== undefined && { id: { $lt: before } }),
      ...(action && { action }),
      ...(typeof actor === 'number' && { actor }),
      ...(typeof user === 'number' && { subject: user }),
      ...((since || until) && { at: { ...(since && { $gte: since }), ...(until && { $lt: until }) } }),
    },
    { orderBy: { id: 'desc' }, limit: limit + 1 },
  )
  const { results, next } = pageOf(entries, limit, ({ id }) => [id])
  const names = await namesOf(em, results.flatMap(peopleIn))
  return { results: results.map((entry) => entryView(entry, names)), next }
}

function entryView(entry: AuditEntity, names: ReadonlyMap<number, string>): AuditEntryView {
  const { id, at, actor, action, target, detail, address } = entry
  const { author, recipient, ...rest } = detail as NonNullable<Entry['detail']>
  const [type, of = ''] = target?.split(' ') ?? []
  return {
    id: String(id),
    at: at.toISOString(),
    actor: actor ? names.get(actor.id)! : null,
    action: action as Action,
    target: type ? { type: type as 'user', id: type === 'user' ? names.get(Number(of))! : of } : null,
    detail: {
      ...(author !== undefined && { author: names.get(author)! }),
      ...(recipient !== undefined && { recipient: names.get(recipient)! }),
      ...rest,
    },
    address: address ?? null,
  }
}

function peopleIn({ actor, target, detail }: AuditEntity): number[] {
  const { author, recipient } = detail as NonNullable<Entry['detail']>
  return [actor?.id, author, recipient, userIn(target)].filter((id) => id !== undefined)
}

function userIn(target: string | null | undefined): number | undefined {
  const id = /^user (\d+)$/.exec(target ?? '')?.[1]
  return id ? Number(id) : undefined
}

/** Returns usernames by user ID. */
async function namesOf(em: Orm['em'], ids: number[]): Promise<ReadonlyMap<number, string>> {
  if (ids.length === 0) return new Map()
  const rows = await em.find(UserEntity, { id: [...new Set(ids)] }, { fields: ['username'] })
  return new Map(rows.map(({ id, username }) => [id, username]))
}
