import { createHash, randomBytes } from 'node:crypto'
import { type Orm, transaction } from '../../database/orm.ts'
import { DeadLink } from '../../http/errors.ts'
import { linkTo } from '../../notifications/mail/link-url.ts'
import type { Deps } from '../../process/deps.ts'
import type { LinkPurpose } from '../schema.ts'
import { AccountLink, type User } from './entity.ts'

const MINUTE = 60 * 1000
const LIFETIME: Record<LinkPurpose, number> = { reset: 30 * MINUTE, verify: 24 * 60 * MINUTE }

/** A link that may be used, and whose it is. */
export type LiveLink = { id: number; user: User; email: string | null }

/**
 * Makes a single-use link and answers its address. The token is in it and nowhere else.
 * @param before what is written before it in the same transaction, or not at all
 */
export async function makeLink(
  deps: Deps,
  { user, purpose, email = null }: { user: number; purpose: LinkPurpose; email?: string | null },
  before?: (em: Orm['em']) => Promise<void>,
): Promise<string> {
  const token = randomBytes(32).toString('base64url')
  const now = deps.now()
  await transaction(deps, async (em) => {
    await before?.(em)
    await em.nativeDelete(AccountLink, { expiresAt: { $lte: now } })
    // Of addresses only the last one counts. Links for a password stay: who asks again may open the first mail.
    if (purpose === 'verify') await em.nativeDelete(AccountLink, { user, purpose })
    const expiresAt = new Date(now.getTime() + LIFETIME[purpose])
    await em.insert(AccountLink, { user, purpose, tokenHash: sha256(token), email, expiresAt })
  })
  return linkTo(deps.config, purpose, token)
}

/**
 * Looks at a link and leaves it as it is: programs that scan mails open every link, too.
 * @throws DeadLink
 */
export async function readLink(
  { orm, now }: Pick<Deps, 'orm' | 'now'>,
  purpose: LinkPurpose,
  token: string,
): Promise<LiveLink> {
  const link = await orm.em
    .fork()
    .findOne(
      AccountLink,
      { tokenHash: sha256(token), purpose, expiresAt: { $gt: now() }, user: { disabledAt: null } },
      { populate: ['user'] },
    )
  if (!link) throw new DeadLink()
  return { id: link.id, user: link.user as User, email: link.email ?? null }
}

/**
 * Uses a link up, in the transaction that does what it is for: of two at once, one finds it.
 * @throws DeadLink
 */
export async function useLink(em: Orm['em'], { id }: LiveLink): Promise<void> {
  if ((await em.nativeDelete(AccountLink, { id })) !== 1) throw new DeadLink()
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
