import { Invalid } from '../../http/errors.ts'
import type { Deps } from '../../process/deps.ts'
import { type ApiTokenView, TOKEN_NAME } from '../schema.ts'
import { createSession, type Device, type Me } from '../sessions/session.ts'
import { SessionEntity } from '../users/entity.ts'
import { checkLabel } from '../users/label.ts'

/** API tokens of one user: more than anybody keeps apart. */
const MAX_TOKENS = 50

/** Days that a token may be good for. */
const DAYS = { least: 1, most: 365 }

/** Somebody's API tokens, newest first. */
export async function listTokens({ orm, now }: Deps, me: Pick<Me, 'id'>): Promise<ApiTokenView[]> {
  const tokens = await orm.em
    .fork()
    .find(
      SessionEntity,
      { user: me.id, name: { $ne: null }, expiresAt: { $gt: now() } },
      { orderBy: { id: 'desc' }, limit: MAX_TOKENS * 2 },
    )
  return tokens.map(tokenView)
}

/**
 * Makes an API token: a session with a name, whose secret is told here and nowhere else.
 * @param days until it expires
 * @throws Invalid
 */
export async function createToken(
  deps: Deps,
  me: Pick<Me, 'id'>,
  { name: text, days, device }: { name: string; days: number; device: Device },
): Promise<ApiTokenView & { token: string }> {
  const name = checkLabel(text, { longest: TOKEN_NAME, code: 'token_name_long' })
  if (!Number.isInteger(days) || days < DAYS.least || days > DAYS.most)
    throw new Invalid({ days: 'token_days' })
  if ((await listTokens(deps, me)).length >= MAX_TOKENS) throw new Invalid({ name: 'token_many' })
  const { id, token, createdAt, expiresAt } = await createSession(deps, me.id, { name, days, device })
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
    usedAt: usedAt > createdAt ? usedAt.toISOString() : null,
    expiresAt: expiresAt.toISOString(),
  }
}
