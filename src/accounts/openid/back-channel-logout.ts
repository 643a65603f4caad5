import { UniqueConstraintViolationException } from '@mikro-orm/core'
import { recordAudit } from '../../admin/audit-log/service.ts'
import { sha256 } from '../../database/hash.ts'
import { transaction } from '../../database/orm.ts'
import type { Client } from '../../http/request-context.ts'
import type { Deps } from '../../process/deps.ts'
import { SessionEntity } from '../sessions/entity.ts'
import { publishSessionsRevoked } from '../sessions/revoke.ts'
import { ChallengeEntity } from '../sign-in/entity.ts'
import { CLOCK_TOLERANCE_S, InvalidLogoutToken, LOGOUT_TOKEN_AGE_S } from './logout-token.ts'
import { endPendingSignIns } from './pending-sign-ins.ts'
import type { OpenIdProvider } from './provider.ts'
import { startedBy } from './session-origin.ts'

/**
 * Ends the sessions that the provider started and now signs out, and sign-ins in progress, and closes the live connections. The
 * audit log records it for each user. Only invalid tokens count for the limit: a provider with one address signs out all users, perhaps at once.
 * @throws InvalidLogoutToken, Unavailable, TooManyRequests
 */
export async function signOutByProvider(
  deps: Deps,
  provider: OpenIdProvider,
  { token, client: { address } }: { token: string; client: Client },
): Promise<void> {
  const ended = await endSessions(deps, provider, { token, address }).catch(async (error) => {
    if (!(error instanceof InvalidLogoutToken)) throw error
    await deps.limits.take('logoutToken', address)
    deps.log.warn({ issuer: deps.config.openId!.issuer }, 'an OpenID sign-out was refused')
    throw error
  })
  for (const [user, sessions] of ended) {
    await publishSessionsRevoked(
      deps,
      user,
      sessions.map(({ id }) => id),
    )
  }
}

/** Returns the ended sessions by user. @throws InvalidLogoutToken, Unavailable */
async function endSessions(
  deps: Deps,
  provider: OpenIdProvider,
  { token, address }: { token: string; address: string },
) {
  const at = deps.now()
  const { id, ...named } = await provider.verifyLogoutToken(token, at)
  return transaction(deps, async (em) => {
    const used = { hash: sha256(JSON.stringify(['logout', named.issuer, id])), purpose: 'logout' } as const
    const expiresAt = new Date(at.getTime() + (LOGOUT_TOKEN_AGE_S + 2 * CLOCK_TOLERANCE_S) * 1000)
    await em.insert(ChallengeEntity, { ...used, user: null, expiresAt })
    await endPendingSignIns(em, named, at)
    const condition = startedBy(named)
    const sessions = await em.find(SessionEntity, condition, { fields: ['id', 'user'] })
    await em.nativeDelete(SessionEntity, condition)
    const users = Map.groupBy(sessions, ({ user }) => user.id)
    for (const [user, { length: ended }] of users) {
      const actor = { id: null, session: null, address: address.slice(0, 45) }
      const entry = {
        action: 'user.signed-out-by-provider',
        target: `user ${user}`,
        detail: { ended },
      } as const
      await recordAudit(em, { actor, at }, entry)
    }
    return users
  }).catch((error) => {
    throw error instanceof UniqueConstraintViolationException ? new InvalidLogoutToken() : error
  })
}
