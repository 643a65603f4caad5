import { tellOwner } from '../../accounts/notice.ts'
import { removeSecondFactors } from '../../accounts/second-step/service.ts'
import { transaction } from '../../db.ts'
import type { Deps } from '../../deps.ts'
import { Conflict } from '../../errors.ts'
import { type Actor, record } from '../audit.ts'
import { lockAccount, lockAdmins } from './service.ts'

/**
 * Switches the second step off for who has neither app nor recovery codes any more. Where it is off, nothing happens. Of
 * oneself it takes the password, as of everybody.
 * @throws NotFound, Conflict, Forbidden
 */
export async function endUserSecondStep(deps: Deps, actor: Actor, username: string): Promise<void> {
  const user = await transaction(deps, async (em) => {
    await lockAdmins(em, actor)
    const user = await lockAccount(em, username)
    if (user.id === actor.id) throw new Conflict('Switch your own off in your settings, with your password.')
    if (!(await removeSecondFactors(em, user.id))) return null
    const entry = { action: 'user.second-step-off', target: `user ${user.id}` } as const
    await record(em, { actor, at: deps.now() }, entry)
    return user
  })
  if (user) tellOwner(deps, user, { about: 'twoFactorOff', language: 'en' })
}
