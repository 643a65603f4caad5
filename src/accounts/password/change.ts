import { transaction } from '../../database/orm.ts'
import { Invalid } from '../../http/errors.ts'
import type { Deps } from '../../process/deps.ts'
import { logSecurityEvent } from '../../process/security-event.ts'
import type { Language } from '../profile/schema.ts'
import { publishSessionsRevoked } from '../sessions/revoke.ts'
import type { Me } from '../sessions/session.ts'
import { PasswordsOff } from '../sign-in/errors.ts'
import type { UserEntity } from '../users/entity.ts'
import { lockUser } from '../users/lock-user.ts'
import { notifyAccountOwner } from '../users/notify-owner.ts'
import { checkPassword } from './check.ts'
import { hashPassword } from './hash.ts'
import { replacePassword } from './reset.ts'

/**
 * Changes the password. Revokes all other sessions and all API tokens.
 * @param user a user who has just confirmed the old password
 * @throws Invalid, PasswordsOff
 */
export async function changePassword(
  deps: Deps,
  { session }: Pick<Me, 'session'>,
  { user, newPassword, language }: { user: UserEntity; newPassword: string; language: Language },
): Promise<void> {
  if (!deps.config.passwords) throw new PasswordsOff()
  await checkPassword(deps, newPassword, user).catch((error) => {
    throw error instanceof Invalid ? new Invalid({ newPassword: error.fields.password! }) : error
  })
  const passwordHash = await hashPassword(newPassword)
  const revoked = await transaction(deps, async (em) => {
    // The password may have been changed since it was confirmed.
    const { passwordHash: old } = await lockUser(em, user.id)
    if (old !== user.passwordHash) throw new Invalid({ password: 'password_wrong' })
    await notifyAccountOwner(em, user, { about: 'passwordChanged', language })
    return replacePassword(em, user.id, { passwordHash, exceptId: session.id })
  })
  await publishSessionsRevoked(deps, user.id, revoked)
  logSecurityEvent(deps, { event: 'password-change', outcome: 'succeeded', user: user.id })
}
