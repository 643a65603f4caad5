import { LockMode } from '@mikro-orm/core'
import { ConversationEntity } from '../../conversations/entity.ts'
import { transaction } from '../../database/orm.ts'
import { LastAdmin } from '../../http/errors.ts'
import { MessageEntity } from '../../messages/entity.ts'
import { BlockEntity } from '../../moderation/entity.ts'
import type { Deps } from '../../process/deps.ts'
import { PasskeyEntity } from '../passkeys/entity.ts'
import { publishSessionsRevoked, revokeSessions } from '../sessions/revoke.ts'
import { RecoveryCodeEntity, TotpEntity } from '../two-factor/entity.ts'
import {
  AccountLinkEntity,
  AvatarEntity,
  ChallengeEntity,
  NameWordEntity,
  RetiredNameEntity,
  UserEntity,
} from '../users/entity.ts'
import { lockUser } from '../users/lock-user.ts'
import { hashHandle, tombstoneName } from '../users/names.ts'

/**
 * Deletes an account. What is left is a stump without a name, so that the people it wrote with keep their conversations.
 * Everybody is signed out of it, and nobody ever gets its username.
 * @throws LastAdmin
 */
export async function deleteAccount(deps: Deps, me: number): Promise<void> {
  const ended = await transaction(deps, async (em) => {
    const admins = await em.find(
      UserEntity,
      { role: 'admin', disabledAt: null },
      { fields: ['id'], orderBy: { id: 'asc' }, lockMode: LockMode.PESSIMISTIC_WRITE },
    )
    if (admins.length === 1 && admins[0]!.id === me) throw new LastAdmin()
    const { handle } = await lockUser(em, me)
    await em.upsert(RetiredNameEntity, { handleHash: hashHandle(handle) })
    await em.nativeDelete(NameWordEntity, { user: me })
    await em.nativeDelete(AccountLinkEntity, { user: me })
    await em.nativeDelete(ChallengeEntity, { user: me })
    await em.nativeDelete(PasskeyEntity, { user: me })
    await em.nativeDelete(TotpEntity, { user: me })
    await em.nativeDelete(RecoveryCodeEntity, { user: me })
    await em.nativeDelete(AvatarEntity, { user: me })
    await em.nativeDelete(BlockEntity, { $or: [{ blocker: me }, { blocked: me }] })
    const notes = await em.findOne(ConversationEntity, { low: me, high: me }, { fields: ['id'] })
    if (notes) await em.nativeDelete(MessageEntity, { conversation: notes.id })
    await em.nativeUpdate(UserEntity, { id: me }, eraseToTombstone(me, deps.now()))
    return revokeSessions(em, me)
  })
  await publishSessionsRevoked(deps, me, ended)
}

function eraseToTombstone(id: number, at: Date) {
  const username = tombstoneName(id)
  return {
    username,
    handle: username,
    displayName: 'Deleted account',
    email: null,
    // Of no password.
    passwordHash: '',
    role: 'user' as const,
    language: null,
    theme: null,
    zone: null,
    avatar: null,
    disabledAt: at,
    deletedAt: at,
  }
}
