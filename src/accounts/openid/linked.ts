import type { Orm } from '../../database/orm.ts'
import type { Deps } from '../../process/deps.ts'
import { IdentityEntity } from './entity.ts'

/** Whether an account of the configured provider signs in the user. One of a former provider no longer does. */
export async function isLinked(
  em: Orm['em'],
  { config: { openId } }: Pick<Deps, 'config'>,
  user: number,
): Promise<boolean> {
  if (!openId) return false
  const identities = await em.find(IdentityEntity, { user })
  return identities.some(({ issuer }) => isSameUrl(issuer, openId.issuer))
}

/** As in discovery: the setting may lack the slash after the host with which the provider writes its name. */
const isSameUrl = (one: string, other: string) => new URL(one).href === new URL(other).href
