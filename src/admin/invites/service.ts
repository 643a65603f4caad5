import { InviteEntity } from '../../accounts/invites/entity.ts'
import { findInvites, inviteView } from '../../accounts/invites/service.ts'
import type { UserEntity } from '../../accounts/users/entity.ts'
import { parseId } from '../../database/ids.ts'
import { transaction } from '../../database/orm.ts'
import type { Deps } from '../../process/deps.ts'
import { type Actor, recordAudit } from '../audit-log/service.ts'
import type { AdminInvitePageView } from '../schema.ts'
import { lockAdminsFor } from '../users/lock.ts'
import { UnknownInvite } from './errors.ts'

/** One page of all invites that can be used, newest first. @throws BadRequest */
export async function listAllInvites(
  deps: Deps,
  page: { cursor?: string | undefined; limit: number },
): Promise<AdminInvitePageView> {
  const { results, next } = await findInvites(deps, {}, page)
  return {
    results: results.map((invite) => ({
      ...inviteView(invite),
      creator: (invite.creator as UserEntity).username,
    })),
    next,
  }
}

/** Revokes an invite of any user. Accounts created with it stay. @throws NotFound, Forbidden */
export async function revokeAnyInvite(deps: Deps, actor: Actor, id: string): Promise<void> {
  const invite = { id: parseId(id, UnknownInvite) }
  await transaction(deps, async (em) => {
    await lockAdminsFor(em, actor)
    const found = await em.findOne(InviteEntity, invite, { fields: ['creator'] })
    if (!found || (await em.nativeDelete(InviteEntity, invite)) === 0) throw new UnknownInvite()
    const entry = { action: 'invite.revoked', target: `user ${found.creator.id}` } as const
    await recordAudit(em, { actor, at: deps.now() }, entry)
  })
}
