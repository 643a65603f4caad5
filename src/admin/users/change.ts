import { UniqueConstraintViolationException } from '@mikro-orm/core'
import { checkEmail } from '../../accounts/email/address.ts'
import { notifyPreviousAddress } from '../../accounts/email/service.ts'
import { revokeInvitesOf } from '../../accounts/invites/service.ts'
import { publishSessionsRevoked, revokeSessions } from '../../accounts/sessions/revoke.ts'
import { AccountLinkEntity, UserEntity } from '../../accounts/users/entity.ts'
import { LastAdmin } from '../../accounts/users/errors.ts'
import { checkAll, checkDisplayName, replaceNameWords } from '../../accounts/users/service.ts'
import { type Orm, transaction } from '../../database/orm.ts'
import { Invalid } from '../../http/errors.ts'
import type { Deps } from '../../process/deps.ts'
import { type Actor, type Entry, recordAudit } from '../audit-log/service.ts'
import type { AdminUserView, MassAction } from '../schema.ts'
import { CannotDisableSelf } from './errors.ts'
import { getUser } from './list.ts'
import { lockAccount, lockAdminsFor } from './lock.ts'

/** Publishes the effects of a transaction; call it after the commit. */
export type AfterCommit = () => Promise<void>

/** Changes to an account by an administrator; omitted fields are unchanged. */
export type UserChange = {
  /** Empty for the username. */
  displayName?: string | undefined
  /** Empty or null for none. Used without verification: administrators are trusted. */
  email?: string | null | undefined
  role?: 'user' | 'admin' | undefined
  disabled?: boolean | undefined
}

/**
 * @param change.isConfirmed the administrator's password was checked: required for another address or role, which could give the
 * account away
 * @throws Invalid, NotFound, Conflict, Forbidden, LastAdmin, CannotDisableSelf
 */
export async function changeUser(
  deps: Deps,
  actor: Actor,
  { username, isConfirmed = false, ...input }: UserChange & { username: string; isConfirmed?: boolean },
): Promise<AdminUserView> {
  const checked = await checkAll({
    displayName: () => checkDisplayName(input.displayName),
    email: () => checkEmail(input.email ?? ''),
  })
  const afterCommit = await transaction(deps, async (em) => {
    const admins = await lockAdminsFor(em, actor)
    const user = await lockAccount(em, username)
    const { role, disabled } = input
    const change = {
      role,
      disabled,
      ...(input.displayName !== undefined && { displayName: checked.displayName ?? user.username }),
      ...(input.email !== undefined && { email: checked.email }),
    }
    const { email = user.email } = change
    const givesAway = email !== user.email || (role !== undefined && role !== user.role)
    if (givesAway && !isConfirmed) throw new Invalid({ yourPassword: 'required' })
    return applyChange(em, deps, { actor, admins, user, change })
  })
  await afterCommit()
  return getUser(deps, username)
}

/**
 * Applies an action to all of several accounts, or to none.
 * @throws NotFound, Conflict, Forbidden, LastAdmin, CannotDisableSelf
 */
export async function changeUsers(
  deps: Deps,
  actor: Actor,
  { usernames, action }: { usernames: readonly string[]; action: MassAction },
): Promise<void> {
  const callbacks = await transaction(deps, async (em) => {
    const admins = await lockAdminsFor(em, actor)
    const all: AfterCommit[] = []
    // Sorted, so that concurrent calls do not deadlock.
    for (const username of [...new Set(usernames.map((name) => name.toLowerCase()))].sort()) {
      const user = await lockAccount(em, username)
      const change = { disabled: action === 'disable' }
      all.push(
        action === 'end-sessions'
          ? await revokeAll(em, deps, { actor, user })
          : await applyChange(em, deps, { actor, admins, user, change }),
      )
    }
    return all
  })
  for (const afterCommit of callbacks) await afterCommit()
}

/** Revokes all sessions and API tokens of a user, except the actor's current session. @throws NotFound, Conflict, Forbidden */
export async function revokeUserSessions(deps: Deps, actor: Actor, username: string): Promise<void> {
  await changeUsers(deps, actor, { usernames: [username], action: 'end-sessions' })
}

type CheckedChange = {
  displayName?: string
  email?: string | null
  role?: UserChange['role']
  disabled?: boolean | undefined
}

/** Applies the fields that differ, and records each kind of change. Updates `admins`. @throws LastAdmin, CannotDisableSelf, Invalid */
export async function applyChange(
  em: Orm['em'],
  deps: Deps,
  {
    actor,
    admins,
    user,
    change,
  }: { actor: Actor; admins: Set<number>; user: UserEntity; change: CheckedChange },
): Promise<AfterCommit> {
  const { id } = user
  const at = deps.now()
  const log = (entry: Omit<Entry, 'target'>) =>
    recordAudit(em, { actor, at }, { ...entry, target: `user ${id}` })
  const disables = change.disabled === true && !user.disabledAt
  const enables = change.disabled === false && !!user.disabledAt
  const role = change.role !== user.role ? change.role : undefined
  if (disables && id === actor.id) throw new CannotDisableSelf()
  if ((disables || role === 'user') && admins.delete(id) && admins.size === 0) throw new LastAdmin()

  const { displayName = user.displayName, email = user.email } = change
  const changed: ('displayName' | 'email')[] = []
  if (displayName !== user.displayName) {
    changed.push('displayName')
    await replaceNameWords(em, user, displayName)
    await em.nativeUpdate(UserEntity, { id }, { displayName })
  }
  if (email !== user.email) {
    changed.push('email')
    await setEmail(em, id, email)
    const { username, email: oldEmail, language } = user
    await notifyPreviousAddress(
      em,
      { id, username, displayName, email: oldEmail, language },
      language ?? 'en',
    )
  }
  if (changed.length > 0) await log({ action: 'user.changed', detail: { changed } })
  if (role) {
    await em.nativeUpdate(UserEntity, { id }, { role })
    await log({ action: role === 'admin' ? 'user.promoted' : 'user.demoted' })
  }
  if (enables || disables) {
    await em.nativeUpdate(UserEntity, { id }, { disabledAt: disables ? at : null })
    await log({ action: disables ? 'user.disabled' : 'user.enabled' })
  }
  if (disables) await revokeInvitesOf(em, id)
  const ended = disables ? await revokeSessions(em, id) : []
  return () => publishSessionsRevoked(deps, id, ended)
}

async function revokeAll(
  em: Orm['em'],
  deps: Deps,
  { actor, user: { id } }: { actor: Actor; user: UserEntity },
): Promise<AfterCommit> {
  const ended = await revokeSessions(em, id, { exceptId: actor.id === id ? (actor.session ?? 0) : 0 })
  const detail = { ended: ended.length }
  await recordAudit(
    em,
    { actor, at: deps.now() },
    { action: 'user.sessions-ended', target: `user ${id}`, detail },
  )
  return () => publishSessionsRevoked(deps, id, ended)
}

/** Sets the address and invalidates links sent to the old one. @throws Invalid */
export async function setEmail(em: Orm['em'], user: number, email: string | null): Promise<void> {
  await em.nativeDelete(AccountLinkEntity, { user })
  await em.nativeUpdate(UserEntity, { id: user }, { email }).catch((error) => {
    throw error instanceof UniqueConstraintViolationException ? new Invalid({ email: 'email_taken' }) : error
  })
}
