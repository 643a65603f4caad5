import type { Orm } from '../../database/orm.ts'
import { Invalid } from '../../http/errors.ts'
import type { Deps } from '../../process/deps.ts'
import { isLinked } from '../openid/linked.ts'
import { PasskeyEntity } from '../passkeys/entity.ts'
import type { UserEntity } from './entity.ts'

/**
 * Checks, after a way to sign in was removed, that the user has another one: a password, a passkey, or an account of the OpenID
 * provider that is configured now.
 * @param em of the transaction that has locked the user and removes it
 * @throws Invalid
 */
export async function checkCanSignIn(
  em: Orm['em'],
  deps: Pick<Deps, 'config'>,
  { id, passwordHash }: Pick<UserEntity, 'id' | 'passwordHash'>,
): Promise<void> {
  if (deps.config.passwords && passwordHash !== '') return
  if ((await em.count(PasskeyEntity, { user: id })) > 0) return
  if (await isLinked(em, deps, id)) return
  throw new Invalid({ form: 'last_sign_in' })
}
