import { transaction } from '../../database/orm.ts'
import { Invalid } from '../../http/errors.ts'
import type { Deps } from '../../process/deps.ts'
import { logSecurityEvent } from '../../process/security-event.ts'
import { MAX_TOKENS, TOKEN_DAYS, TOKEN_NAME } from '../limits.ts'
import { checkLabel } from '../name.ts'
import type { Language } from '../profile/schema.ts'
import { SessionEntity } from '../sessions/entity.ts'
import { lastUseOfToken } from '../sessions/service.ts'
import { createSession, type Device, type Me } from '../sessions/session.ts'
import { lockSignedInUser } from '../users/lock-user.ts'
import { notifyAccountOwner } from '../users/notify-owner.ts'
import type { ApiTokenView } from './schema.ts'

/** A user's API tokens, newest first. */
export async function listTokens({ orm, now }: Deps, me: Pick<Me, 'id'>): Promise<ApiTokenView[]> {
  const tokens = await orm.em
    .fork()
    .find(
      SessionEntity,
      { user: me.id, name: { $ne: null }, expiresAt: { $gt: now() } },
      { orderBy: { id: 'desc' }, limit: MAX_TOKENS },
    )
  return tokens.map(tokenView)
}

/**
 * Creates an API token: a session with a name. Only the return value contains its secret.
 * @param days until it expires
 * @param language of the mail to the owner when the user has not chosen one
 * @throws Invalid
 * @throws Unauthorized when the session of `me` was revoked in the meantime
 */
export async function createToken(
  deps: Deps,
  me: Pick<Me, 'id' | 'session'>,
  { name: text, days, device, language }: { name: string; days: number; device: Device; language: Language },
): Promise<ApiTokenView & { token: string }> {
  const name = checkLabel(text, { longest: TOKEN_NAME, code: 'token_name_long' })
  if (!Number.isInteger(days) || days < TOKEN_DAYS.least || days > TOKEN_DAYS.most)
    throw new Invalid({ days: 'token_days' })
  const { id, token, createdAt, expiresAt } = await transaction(deps, async (em) => {
    const now = deps.now()
    const user = await lockSignedInUser(em, me, now)
    const tokens = { user: me.id, name: { $ne: null }, expiresAt: { $gt: now } }
    if ((await em.count(SessionEntity, tokens)) >= MAX_TOKENS) throw new Invalid({ name: 'token_many' })
    await notifyAccountOwner(em, user, { about: 'tokenCreated', language })
    return createSession(deps, me.id, { em, name, days, device })
  })
  logSecurityEvent(deps, { event: 'api-token-created', outcome: 'succeeded', user: me.id })
  return { ...tokenView({ id, name, createdAt, usedAt: createdAt, expiresAt }), token }
}

function tokenView({
  id,
  name,
  createdAt,
  usedAt,
  expiresAt,
}: Pick<SessionEntity, 'id' | 'createdAt' | 'usedAt' | 'expiresAt'> & {
  name?: string | null | undefined
}): ApiTokenView {
  return {
    id: String(id),
    name: name ?? '',
    createdAt: createdAt.toISOString(),
    usedAt: lastUseOfToken({ createdAt, usedAt }),
    expiresAt: expiresAt.toISOString(),
  }
}
