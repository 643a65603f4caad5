import { randomBytes } from 'node:crypto'
import { LockMode } from '@mikro-orm/core'
import { type Actor, recordAudit } from '../../admin/audit-log/service.ts'
import { sha256 } from '../../database/hash.ts'
import { parseId } from '../../database/ids.ts'
import { type Orm, transaction } from '../../database/orm.ts'
import { Invalid, NotFound } from '../../http/errors.ts'
import { decodeCursor, isIdKey, type Page, pageOf } from '../../http/paging.ts'
import type { Deps } from '../../process/deps.ts'
import { logDenial } from '../../process/security-event.ts'
import { INVITE_DAYS, INVITE_NAME, INVITE_USES, MAX_INVITES } from '../limits.ts'
import { checkLabel } from '../name.ts'
import type { Me } from '../sessions/session.ts'
import type { UserEntity } from '../users/entity.ts'
import { inviteUrl } from '../users/link-url.ts'
import { lockSignedInUser } from '../users/lock-user.ts'
import { mayInvite } from './access.ts'
import { InvitedUserEntity, InviteEntity } from './entity.ts'
import { InvalidInvite, InviteForbidden } from './errors.ts'
import type { CreatedInviteView, InvitePageView, InviteView } from './schema.ts'

const DAY = 24 * 60 * 60 * 1000

type NewInvite = { name?: string | undefined; uses?: number | undefined; days?: number | undefined }

/**
 * Creates an invite. Only the return value contains its link. The audit log records those of administrators.
 * @throws InviteForbidden, Invalid
 * @throws Unauthorized when the session of `me` was revoked in the meantime
 */
export async function createInvite(
  deps: Deps,
  { me, actor }: { me: Pick<Me, 'id' | 'session'>; actor: Actor },
  { name: text, uses = 1, days = 7 }: NewInvite,
): Promise<CreatedInviteView> {
  const name = text?.trim() ? checkLabel(text, { longest: INVITE_NAME, code: 'invite_name_long' }) : null
  if (!isWithin(uses, INVITE_USES)) throw new Invalid({ uses: 'invite_uses' })
  if (!isWithin(days, INVITE_DAYS)) throw new Invalid({ days: 'invite_days' })
  const token = randomBytes(32).toString('base64url')
  const createdAt = deps.now()
  const expiresAt = new Date(createdAt.getTime() + days * DAY)
  const invite = { name, uses, used: 0, createdAt, expiresAt }
  const id = await transaction(deps, async (em) => {
    const creator = await lockSignedInUser(em, me, createdAt)
    if (!mayInvite(deps.config, creator)) throw new InviteForbidden()
    const open = await em.count(InviteEntity, { creator: me.id, expiresAt: { $gt: createdAt } })
    if (open >= MAX_INVITES) throw new Invalid({ form: 'invite_many' })
    if (creator.role === 'admin') {
      const entry = { action: 'invite.created', target: `user ${me.id}`, detail: { uses } } as const
      await recordAudit(em, { actor, at: createdAt }, entry)
    }
    return em.insert(InviteEntity, { ...invite, creator: me.id, tokenHash: sha256(token) })
  })
  return { ...inviteView({ id, ...invite }), link: inviteUrl(deps.config, token) }
}

/** One page of the invites of a user, newest first. @throws BadRequest */
export async function listInvites(
  deps: Deps,
  me: Pick<Me, 'id'>,
  page: { cursor?: string | undefined; limit: number },
): Promise<InvitePageView> {
  const { results, next } = await findInvites(deps, { creator: me.id }, page)
  return { results: results.map(inviteView), next }
}

/** One page of the invites that have not expired, newest first, with their creators. @throws BadRequest */
export async function findInvites(
  { orm, now }: Deps,
  of: { creator?: number },
  { cursor, limit }: { cursor?: string | undefined; limit: number },
): Promise<Page<InviteEntity>> {
  const [before] = decodeCursor(cursor, isIdKey) ?? []
  const invites = await orm.em
    .fork()
    .find(
      InviteEntity,
      { ...of, expiresAt: { $gt: now() }, ...(before !== undefined && { id: { $lt: before } }) },
      { orderBy: { id: 'desc' }, limit: limit + 1, populate: ['creator'] },
    )
  return pageOf(invites, limit, ({ id }) => [id])
}

/**
 * Revokes an invite of the user `me`. Accounts created with it stay.
 * @throws NotFound, also for the invite of another user
 */
export async function revokeInvite({ orm }: Deps, me: Pick<Me, 'id'>, id: string): Promise<void> {
  const revoked = await orm.em.fork().nativeDelete(InviteEntity, { id: parseId(id), creator: me.id })
  if (revoked === 0) throw new NotFound()
}

/** Revokes all invites of a user who is disabled or deleted, in a transaction that has locked the user. */
export async function revokeInvitesOf(em: Orm['em'], user: number): Promise<void> {
  await em.nativeDelete(InviteEntity, { creator: user })
}

/** A valid invite and who invites. */
export type ValidInvite = { id: number; creator: Pick<UserEntity, 'id' | 'username' | 'displayName'> }

/** Finds a valid invite without using it. @throws InvalidInvite */
export async function findInvite(deps: Deps, token: string): Promise<ValidInvite> {
  const { orm, now, config } = deps
  const valid = { tokenHash: sha256(token), expiresAt: { $gt: now() }, creator: { disabledAt: null } }
  const invite = await orm.em.fork().findOne(InviteEntity, valid, { populate: ['creator'] })
  const creator = invite?.creator as UserEntity | undefined
  if (!invite || !creator || !mayInvite(config, creator)) {
    await logDenial(deps, { event: 'invite', user: null })
    throw new InvalidInvite()
  }
  return { id: invite.id, creator }
}

/**
 * Uses an invite for a new user, in the transaction that creates the user. Of two concurrent last uses, one fails.
 * @throws InvalidInvite
 */
export async function consumeInvite(
  em: Orm['em'],
  { now }: Pick<Deps, 'now'>,
  { invite: { id, creator }, user }: { invite: ValidInvite; user: number },
): Promise<void> {
  // First, because it waits until a concurrent disabling of the creator is committed. That revokes the invite.
  await em.insert(InvitedUserEntity, { user, inviter: creator.id })
  const valid = { id, expiresAt: { $gt: now() } }
  const invite = await em.findOne(InviteEntity, valid, {
    lockMode: LockMode.PESSIMISTIC_WRITE,
    refresh: true,
  })
  if (!invite) throw new InvalidInvite()
  const used = invite.used + 1
  if (used < invite.uses) await em.nativeUpdate(InviteEntity, { id }, { used })
  else await em.nativeDelete(InviteEntity, { id })
}

export function inviteView({
  id,
  name,
  uses,
  used,
  createdAt,
  expiresAt,
}: Pick<InviteEntity, 'id' | 'uses' | 'used' | 'createdAt' | 'expiresAt'> & {
  name?: string | null | undefined
}): InviteView {
  return {
    id: String(id),
    name: name ?? null,
    uses,
    used,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
  }
}

function isWithin(value: number, { least, most }: { least: number; most: number }): boolean {
  return Number.isInteger(value) && value >= least && value <= most
}
