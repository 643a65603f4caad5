import { LockMode } from '@mikro-orm/core'
import { Conversation } from '../../conversations/entity.ts'
import { transaction } from '../../database/orm.ts'
import { LastAdmin } from '../../http/errors.ts'
import { Message } from '../../messages/entity.ts'
import { Block } from '../../moderation/entity.ts'
import type { Deps } from '../../process/deps.ts'
import { Passkey } from '../passkeys/entity.ts'
import { endSessions, tellEnded } from '../sessions/revoke.ts'
import { RecoveryCode, Totp } from '../two-factor/entity.ts'
import { AccountLink, Avatar, Challenge, NameWord, RetiredName, User } from '../users/entity.ts'
import { lockUser } from '../users/lock-user.ts'
import { hashHandle, stumpName } from '../users/names.ts'

/**
 * Deletes an account. What is left is a stump without a name, so that the people it wrote with keep their conversations.
 * Everybody is signed out of it, and nobody ever gets its username.
 * @throws LastAdmin
 */
export async function deleteAccount(deps: Deps, me: number): Promise<void> {
  const ended = await transaction(deps, async (em) => {
    const admins = await em.find(
      User,
      { role: 'admin', disabledAt: null },
      { fields: ['id'], orderBy: { id: 'asc' }, lockMode: LockMode.PESSIMISTIC_WRITE },
    )
    if (admins.length === 1 && admins[0]!.id === me) throw new LastAdmin()
    const { handle } = await lockUser(em, me)
    await em.upsert(RetiredName, { handleHash: hashHandle(handle) })
    await em.nativeDelete(NameWord, { user: me })
    await em.nativeDelete(AccountLink, { user: me })
    await em.nativeDelete(Challenge, { user: me })
    await em.nativeDelete(Passkey, { user: me })
    await em.nativeDelete(Totp, { user: me })
    await em.nativeDelete(RecoveryCode, { user: me })
    await em.nativeDelete(Avatar, { user: me })
    await em.nativeDelete(Block, { $or: [{ blocker: me }, { blocked: me }] })
    const notes = await em.findOne(Conversation, { low: me, high: me }, { fields: ['id'] })
    if (notes) await em.nativeDelete(Message, { conversation: notes.id })
    await em.nativeUpdate(User, { id: me }, stump(me, deps.now()))
    return endSessions(em, me)
  })
  await tellEnded(deps, me, ended)
}

function stump(id: number, at: Date) {
  const username = stumpName(id)
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
