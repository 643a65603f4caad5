import { removeSecondFactors } from '../../accounts/two-factor/service.ts'
import { notifyAccountOwner } from '../../accounts/users/notify-owner.ts'
import { transaction } from '../../database/orm.ts'
import { Conflict } from '../../http/errors.ts'
import type { Deps } from '../../process/deps.ts'
import { type Actor, recordAudit } from '../audit-log/service.ts'
import { lockAccount, lockAdmins } from './service.ts'

/**
 * Switches the second step off for who has neither app nor recovery codes any more. Where it is off, nothing happens. Of
 * oneself it takes the password, as of everybody.
 * @throws NotFound, Conflict, Forbidden
 */
export async function disableUserTwoFactor(deps: Deps, actor: Actor, username: string): Promise<void> {
  const user = await transaction(deps, async (em) => {
    await lockAdmins(em, actor)
    const user = await lockAccount(em, username)
    if (user.id === actor.id) throw new Conflict('Switch your own off in your settings, with your password.')
    if (!(await removeSecondFactors(em, user.id))) return null
    const entry = { action: 'user.two-factor-off', target: `user ${user.id}` } as const
    await recordAudit(em, { actor, at: deps.now() }, entry)
    return user
  })
  if (user) notifyAccountOwner(deps, user, { about: 'twoFactorOff', language: 'en' })
}
