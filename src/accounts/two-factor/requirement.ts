import { type Param, prepared } from '../../database/prepared-query.ts'
import type { Deps } from '../../process/deps.ts'
import type { Me } from '../sessions/session.ts'

/** Whether the operator requires a second factor of this user, who has neither an authenticator app nor a passkey. */
export async function lacksSecondFactor(
  { orm, config: { twoFactor } }: Deps,
  { id, role }: Pick<Me, 'id' | 'role'>,
): Promise<boolean> {
  if (twoFactor === 'optional' || (twoFactor === 'admins' && role !== 'admin')) return false
  return (await findSecondFactors(orm, { user: id })).length === 0
}

const findSecondFactors = prepared((db, param: Param<{ user: number }>) =>
  db
    .selectFrom('totp')
    .where('user_id', '=', param('user'))
    .where('confirmed_at', 'is not', null)
    .select('user_id as user')
    .unionAll(db.selectFrom('passkey').where('user_id', '=', param('user')).select('user_id as user'))
    .limit(1),
)
