import { checkEmail } from '../../accounts/email/address.ts'
import { checkPassword } from '../../accounts/password/check.ts'
import { hashPassword } from '../../accounts/password/hash.ts'
import { createResetLink, replacePassword } from '../../accounts/password/reset.ts'
import { publishSessionsRevoked } from '../../accounts/sessions/revoke.ts'
import { checkPasswordsOn } from '../../accounts/sign-in/errors.ts'
import { notifyAccountOwner } from '../../accounts/users/notify-owner.ts'
import { createUser, type NewAccount } from '../../accounts/users/service.ts'
import { transaction } from '../../database/orm.ts'
import type { Deps } from '../../process/deps.ts'
import { type Actor, commandLine, recordAudit } from '../audit-log/service.ts'
import type { AdminUserView } from '../schema.ts'
import { setEmail } from './change.ts'
import { AccountDisabled } from './errors.ts'
import { getUser } from './list.ts'
import { findAccount, lockAccount, lockAdminsFor } from './lock.ts'

/** @throws Invalid, Forbidden, PasswordsOff */
export async function addUser(deps: Deps, actor: Actor, input: NewAccount): Promise<AdminUserView> {
  checkPasswordsOn(deps)
  const user = await createUser(deps, input, {
    // The operator can create the official account of a service.
    allowReserved: actor === commandLine,
    afterCreate: async (em, { id }) => {
      await lockAdminsFor(em, actor)
      const email = checkEmail(input.email)
      if (email) await setEmail(em, id, email)
      const entry = {
        action: 'user.created',
        target: `user ${id}`,
        detail: { role: input.role ?? 'user' },
      } as const
      await recordAudit(em, { actor, at: deps.now() }, entry)
    },
  })
  return getUser(deps, user.username)
}

/**
 * Returns a link to set a new password for the account, valid once, for 30 minutes. It is not stored or logged.
 * @throws NotFound, Conflict, Forbidden, PasswordsOff
 */
export async function createUserResetLink(deps: Deps, actor: Actor, username: string): Promise<string> {
  checkPasswordsOn(deps)
  const { id } = await findAccount(deps.orm.em.fork(), username)
  return createResetLink(deps, id, async (em) => {
    await lockAdminsFor(em, actor)
    const { disabledAt } = await lockAccount(em, username)
    if (disabledAt) throw new AccountDisabled()
    const entry = { action: 'user.reset-link', target: `user ${id}` } as const
    await recordAudit(em, { actor, at: deps.now() }, entry)
  })
}

/**
 * Sets a new password and revokes all sessions. Only for the command line, which needs no permission.
 * @throws Invalid, NotFound, Conflict, PasswordsOff
 */
export async function setPassword(
  deps: Deps,
  actor: Actor,
  { username, password }: { username: string; password: string },
): Promise<void> {
  checkPasswordsOn(deps)
  const user = await findAccount(deps.orm.em.fork(), username)
  await checkPassword(deps, password, user)
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
