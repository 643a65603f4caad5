import { setImmediate } from 'node:timers/promises'
import { LockMode } from '@mikro-orm/core'
import { ConversationEntity, MemberEntity } from '../../conversations/entity.ts'
import { eraseDeletedContent } from '../../database/erase.ts'
import { type Orm, transaction } from '../../database/orm.ts'
import { enqueueJob } from '../../jobs/enqueue.ts'
import { JobEntity } from '../../jobs/entity.ts'
import { MessageEntity } from '../../messages/entity.ts'
import { BlockEntity } from '../../moderation/entity.ts'
import type { Deps } from '../../process/deps.ts'
import { InvitedUserEntity } from '../invites/entity.ts'
import { revokeInvitesOf } from '../invites/service.ts'
import { IdentityEntity } from '../openid/entity.ts'
import { PasskeyEntity } from '../passkeys/entity.ts'
import { deleteResetRequests } from '../password/reset.ts'
import { AvatarEntity } from '../profile/entity.ts'
import { publishSessionsRevoked, revokeSessions } from '../sessions/revoke.ts'
import { ChallengeEntity } from '../sign-in/entity.ts'
import { RecoveryCodeEntity, TotpEntity } from '../two-factor/entity.ts'
import { AccountLinkEntity, NameWordEntity, RetiredNameEntity, UserEntity } from '../users/entity.ts'
import { LastAdmin } from '../users/errors.ts'
import { lockAdmins, lockUser } from '../users/lock-user.ts'
import { hashHandle, tombstoneName } from '../users/names.ts'
import { DELETED_ACCOUNT_JOB } from './announce-deletion.ts'

/** Notes deleted per statement. On SQLite, all other requests wait for it. */
const BATCH_SIZE = 500

/**
 * Deletes an account, except for a tombstone without a name, so that others keep their conversations. All its sessions are
 * revoked, its pending mails are not sent, and its username is never reused. A job announces the deletion in its conversations.
 * @throws LastAdmin
 */
export async function deleteAccount(deps: Deps, me: number): Promise<void> {
  await transaction(deps, (em) => refuseLastAdmin(em, me))
  await deleteNotes(deps, me)
  const revoked = await transaction(deps, async (em) => {
    await refuseLastAdmin(em, me)
    const { handle, email } = await lockUser(em, me)
    await em.upsert(RetiredNameEntity, { handleHash: hashHandle(handle), user: me })
    await em.nativeDelete(NameWordEntity, { user: me })
    await em.nativeDelete(AccountLinkEntity, { user: me })
    await em.nativeDelete(ChallengeEntity, { user: me })
    await em.nativeDelete(PasskeyEntity, { user: me })
    await em.nativeDelete(IdentityEntity, { user: me })
    await em.nativeDelete(TotpEntity, { user: me })
    await em.nativeDelete(RecoveryCodeEntity, { user: me })
    await em.nativeDelete(AvatarEntity, { user: me })
    await revokeInvitesOf(em, me)
    await em.nativeDelete(InvitedUserEntity, { $or: [{ user: me }, { inviter: me }] })
    await em.nativeDelete(BlockEntity, { $or: [{ blocker: me }, { blocked: me }] })
    await deleteNotesConversation(em, me)
    // Mails that were not sent yet, and requests for them.
    await em.nativeDelete(JobEntity, { user: me })
    if (email) await deleteResetRequests(em, email)
    await em.nativeUpdate(UserEntity, { id: me }, eraseToTombstone(me, deps.now()))
    await enqueueJob(em, { kind: DELETED_ACCOUNT_JOB, payload: { user: me } })
    return revokeSessions(em, me)
  })
  await eraseDeletedContent(deps)
  await publishSessionsRevoked(deps, me, revoked)
}

/** @throws LastAdmin */
async function refuseLastAdmin(em: Orm['em'], me: number): Promise<void> {
  const admins = await lockAdmins(em)
  if (admins.delete(me) && admins.size === 0) throw new LastAdmin()
}

/** Deletes the messages of a user to themselves in batches, each in its own transaction. */
async function deleteNotes({ orm }: Deps, me: number): Promise<void> {
  const em = orm.em.fork()
  const notes = await em.findOne(ConversationEntity, { low: me, high: me })
  if (!notes) return
  for (let deleted = 0; deleted < notes.lastSeq; deleted += BATCH_SIZE) {
    const seq = { $lte: deleted + BATCH_SIZE }
    await em.nativeDelete(MessageEntity, { conversation: notes.id, seq })
    await setImmediate()
  }
}

/**
 * Deletes the rest of the notes with their conversation, so that a note that is waiting to be stored is rejected. The lock
 * comes first, as in a send.
 */
async function deleteNotesConversation(em: Orm['em'], me: number): Promise<void> {
  const locked = { fields: ['id'], lockMode: LockMode.PESSIMISTIC_WRITE } as const
  const notes = await em.findOne(ConversationEntity, { low: me, high: me }, locked)
  if (!notes) return
  await em.nativeDelete(MessageEntity, { conversation: notes.id })
  await em.nativeDelete(MemberEntity, { conversation: notes.id })
  await em.nativeDelete(ConversationEntity, { id: notes.id })
}

function eraseToTombstone(id: number, at: Date) {
  const username = tombstoneName(id)
  return {
    username,
    handle: username,
    displayName: 'Deleted account',
    email: null,
    // No password has this hash.
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
