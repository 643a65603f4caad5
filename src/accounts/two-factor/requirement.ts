import { sql } from 'kysely'
import { type Param, prepared } from '../../database/prepared-query.ts'
import type { Deps } from '../../process/deps.ts'
import type { Me } from '../sessions/session.ts'

/** Whether the operator requires a second factor of this user, who has neither an authenticator app nor a passkey. */
export async function lacksSecondFactor(
  { orm, config: { twoFactor } }: Deps,
  { id, role }: Pick<Me, 'id' | 'role'>,
): Promise<boolean> {
  if (!isRequired(twoFactor, role)) return false
  return (await findSecondFactors(orm, { user: id })).length === 0
}

/** Whether a passkey is the only second factor of this user, of whom the operator requires one: a password is not enough then. */
export async function mustUsePasskey(
  { orm, config: { twoFactor } }: Deps,
  { id, role }: Pick<Me, 'id' | 'role'>,
): Promise<boolean> {
  if (!isRequired(twoFactor, role)) return false
  const found = await findSecondFactors(orm, { user: id })
  return found.length > 0 && found.every(({ isPasskey }) => Number(isPasskey) === 1)
}

function isRequired(twoFactor: Deps['config']['twoFactor'], role: Me['role']): boolean {
  return twoFactor === 'required' || (twoFactor === 'admins' && role === 'admin')
}

const findSecondFactors = prepared((db, param: Param<{ user: number }>) =>
  db
    .selectFrom('totp')
    .where('user_id', '=', param('user'))
    .where('confirmed_at', 'is not', null)
    .select(sql<number>`0`.as('isPasskey'))
    .unionAll(
      db.selectFrom('passkey').where('user_id', '=', param('user')).select(sql<number>`1`.as('isPasskey')),
    ),
)
