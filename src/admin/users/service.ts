import { LockMode, UniqueConstraintViolationException } from '@mikro-orm/core'
import { checkEmail } from '../../accounts/email/address.ts'
import { notifyPreviousAddress } from '../../accounts/email/service.ts'
import { checkPassword, hashPassword } from '../../accounts/password/hash.ts'
import { createResetLink, replacePassword } from '../../accounts/password/reset.ts'
import { publishSessionsRevoked, revokeSessions } from '../../accounts/sessions/revoke.ts'
import { AccountLinkEntity, UserEntity } from '../../accounts/users/entity.ts'
import { LastAdmin } from '../../accounts/users/errors.ts'
import { lockAdmins } from '../../accounts/users/lock-user.ts'
import { isUsername } from '../../accounts/users/names.ts'
import { notifyAccountOwner } from '../../accounts/users/notify-owner.ts'
import {
  checkAll,
  checkDisplayName,
  createUser,
  type NewAccount,
  personalWords,
  replaceNameWords,
} from '../../accounts/users/service.ts'
import { type Orm, transaction } from '../../database/orm.ts'
import { Conflict, Forbidden, Invalid, NotFound } from '../../http/errors.ts'
import type { Deps } from '../../process/deps.ts'
import { type Actor, type Entry, recordAudit } from '../audit-log/service.ts'
import type { AdminUserView, MassAction } from '../schema.ts'
import { getUser } from './list.ts'

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

/** @throws Invalid, Forbidden */
export async function addUser(deps: Deps, actor: Actor, input: NewAccount): Promise<AdminUserView> {
  const user = await createUser(deps, input, async (em, { id }) => {
    await lockAdminsFor(em, actor)
    const email = checkEmail(input.email)
    if (email) await setEmail(em, id, email)
    const entry = {
      action: 'user.created',
      target: `user ${id}`,
      detail: { role: input.role ?? 'user' },
    } as const
    await recordAudit(em, { actor, at: deps.now() }, entry)
  })
  return getUser(deps, user.username)
}

/** @throws Invalid, NotFound, Conflict, Forbidden, LastAdmin, CannotDisableSelf */
export async function changeUser(
  deps: Deps,
  actor: Actor,
  { username, ...input }: UserChange & { username: string },
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
    return apply(em, deps, { actor, admins, user, change })
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
          : await apply(em, deps, { actor, admins, user, change }),
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

/**
 * Returns a link to set a new password for the account, valid once, for 30 minutes. It is not stored or logged.
 * @throws NotFound, Conflict, Forbidden
 */
export async function createUserResetLink(deps: Deps, actor: Actor, username: string): Promise<string> {
  const { id } = await findAccount(deps.orm.em.fork(), username)
  return createResetLink(deps, id, async (em) => {
    await lockAdminsFor(em, actor)
    const { disabledAt } = await lockAccount(em, username)
    if (disabledAt) throw new Conflict('This account is disabled.')
    const entry = { action: 'user.reset-link', target: `user ${id}` } as const
    await recordAudit(em, { actor, at: deps.now() }, entry)
  })
}

/**
 * Sets a new password and revokes all sessions. Only for the command line, which needs no permission.
 * @throws Invalid, NotFound, Conflict
 */
export async function setPassword(
  deps: Deps,
  actor: Actor,
  { username, password }: { username: string; password: string },
): Promise<void> {
  const user = await findAccount(deps.orm.em.fork(), username)
  await checkPassword(password, personalWords(user))
  const passwordHash = await hashPassword(password)
  const ended = await transaction(deps, async (em) => {
    await lockAccount(em, username)
    const entry = { action: 'user.password', target: `user ${user.id}` } as const
    await recordAudit(em, { actor, at: deps.now() }, entry)
    await notifyAccountOwner(em, user, { about: 'passwordChanged', language: 'en' })
    return replacePassword(em, user.id, { passwordHash })
  })
  await publishSessionsRevoked(deps, user.id, ended)
}

/**
 * Locks and returns the IDs of all active administrators.
 * @throws Forbidden when the actor is not one of them
 */
export async function lockAdminsFor(em: Orm['em'], { id }: Actor): Promise<Set<number>> {
  const admins = await lockAdmins(em)
  if (id !== null && !admins.has(id)) throw new Forbidden('Only administrators can do this.')
  return admins
}

/** Locks and returns an account. @throws NotFound; Conflict when it is deleted */
export async function lockAccount(em: Orm['em'], username: string): Promise<UserEntity> {
  return findAccount(em, username, LockMode.PESSIMISTIC_WRITE)
}

async function findAccount(em: Orm['em'], username: string, lockMode = LockMode.NONE): Promise<UserEntity> {
  if (!isUsername(username)) throw new NotFound('No user has this name.')
  // Refreshed, because the values may be newer than an earlier read in the same transaction.
  const user = await em.findOne(UserEntity, { handle: username.toLowerCase() }, { lockMode, refresh: true })
  if (!user) throw new NotFound('No user has this name.')
  if (user.deletedAt) throw new Conflict('This account was deleted by its owner.')
  return user
}

type CheckedChange = {
  displayName?: string
  email?: string | null
  role?: UserChange['role']
  disabled?: boolean | undefined
}

/** Applies the fields that differ, and records each kind of change. Updates `admins`. @throws LastAdmin, CannotDisableSelf, Invalid */
export async function apply(
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
  const changed = [displayName !== user.displayName && 'displayName', email !== user.email && 'email']
  const { email: oldEmail = null, username, language = null } = user
  if (displayName !== user.displayName) {
    await replaceNameWords(em, user, displayName)
    await em.nativeUpdate(UserEntity, { id }, { displayName })
  }
  if (email !== user.email) await setEmail(em, id, email ?? null)
  const names = changed.filter((name) => name !== false)
  if (names.length > 0) await log({ action: 'user.changed', detail: { changed: names } })
  if (role) {
    await em.nativeUpdate(UserEntity, { id }, { role })
    await log({ action: role === 'admin' ? 'user.promoted' : 'user.demoted' })
  }
  if (enables || disables) {
    await em.nativeUpdate(UserEntity, { id }, { disabledAt: disables ? at : null })
    await log({ action: disables ? 'user.disabled' : 'user.enabled' })
  }
  const ended = disables ? await revokeSessions(em, id) : []
  if (email !== oldEmail)
    await notifyPreviousAddress(
      em,
      { id, username, displayName, email: oldEmail, language },
      language ?? 'en',
    )
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
async function setEmail(em: Orm['em'], user: number, email: string | null): Promise<void> {
  await em.nativeDelete(AccountLinkEntity, { user })
  await em.nativeUpdate(UserEntity, { id: user }, { email }).catch((error) => {
    throw error instanceof UniqueConstraintViolationException ? new Invalid({ email: 'email_taken' }) : error
  })
}

/** Administrators could not undo this for themselves. */
class CannotDisableSelf extends Invalid {
  constructor() {
    super({ disabled: 'self_disable' }, 409, 'You cannot disable your own account.')
  }
}
