import { removeSecondFactors } from '../../accounts/two-factor/service.ts'
import { notifyAccountOwner } from '../../accounts/users/notify-owner.ts'
import { transaction } from '../../database/orm.ts'
import type { Deps } from '../../process/deps.ts'
import { type Actor, recordAudit } from '../audit-log/service.ts'
import { OwnTwoFactor } from './errors.ts'
import { lockAccount, lockAdminsFor } from './lock.ts'

/**
 * Turns off two-factor authentication for a user who has lost both the app and the recovery codes; has no effect if it is off.
 * Administrators cannot do this for their own account: their settings require the password.
 * @throws NotFound, Conflict, Forbidden
 */
export async function disableUserTwoFactor(deps: Deps, actor: Actor, username: string): Promise<void> {
  await transaction(deps, async (em) => {
    await lockAdminsFor(em, actor)
    const user = await lockAccount(em, username)
    if (user.id === actor.id) throw new OwnTwoFactor()
    if (!(await removeSecondFactors(em, user.id))) return
    const entry = { action: 'user.two-factor-off', target: `user ${user.id}` } as const
    await recordAudit(em, { actor, at: deps.now() }, entry)
    await notifyAccountOwner(em, user, { about: 'twoFactorOff', language: 'en' })
  })
}
