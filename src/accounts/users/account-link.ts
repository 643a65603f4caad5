import { randomBytes } from 'node:crypto'
import { sha256 } from '../../database/hash.ts'
import type { Orm } from '../../database/orm.ts'
import type { Deps } from '../../process/deps.ts'
import { logDenial } from '../../process/security-event.ts'
import type { LinkPurpose } from './entity.ts'
import { AccountLinkEntity, type UserEntity } from './entity.ts'
import { InvalidLink } from './errors.ts'
import { accountLinkUrl } from './link-url.ts'

const MINUTE = 60 * 1000
const LIFETIME: Record<LinkPurpose, number> = { reset: 30 * MINUTE, verify: 24 * 60 * MINUTE }

/** A valid link and its user. */
export type ValidLink = { id: number; user: UserEntity; email: string | null }

/**
 * Creates a single-use link in the caller's transaction and returns its URL. Its row has only the hash of the token; the job
 * that mails the link has the link itself until the mail is sent. The purge job deletes expired rows.
 */
export async function createAccountLink(
  em: Orm['em'],
  deps: Pick<Deps, 'config' | 'now'>,
  { user, purpose, email = null }: { user: number; purpose: LinkPurpose; email?: string | null },
): Promise<string> {
  const token = randomBytes(32).toString('base64url')
  // A new address replaces a pending one. Reset links stay valid, because the user may open the first of several mails.
  if (purpose === 'verify') await deletePending(em, { user, purpose })
  const expiresAt = new Date(deps.now().getTime() + LIFETIME[purpose])
  await em.insert(AccountLinkEntity, { user, purpose, tokenHash: sha256(token), email, expiresAt })
  return accountLinkUrl(deps.config, purpose, token)
}

/**
 * Reads without a lock and then deletes by primary key. A range delete that matches no row locks a gap in MySQL, and concurrent
 * sign-ups would wait in a deadlock for each other's gaps.
 */
async function deletePending(em: Orm['em'], pending: { user: number; purpose: LinkPurpose }): Promise<void> {
  const links = await em.find(AccountLinkEntity, pending, { fields: ['id'] })
  if (links.length > 0) await em.nativeDelete(AccountLinkEntity, { id: { $in: links.map(({ id }) => id) } })
}

/**
 * Finds a valid link without using it up, because mail scanners open every link.
 * @throws InvalidLink
 */
export async function findAccountLink(
  deps: Pick<Deps, 'orm' | 'now' | 'log' | 'limits'>,
  purpose: LinkPurpose,
  token: string,
): Promise<ValidLink> {
  const { orm, now } = deps
  const link = await orm.em
    .fork()
    .findOne(
      AccountLinkEntity,
      { tokenHash: sha256(token), purpose, expiresAt: { $gt: now() }, user: { disabledAt: null } },
      { populate: ['user'] },
    )
  if (!link) {
    const event = purpose === 'reset' ? 'password-reset' : 'email-change'
    await logDenial(deps, { event, user: null })
    throw new InvalidLink()
  }
  return { id: link.id, user: link.user as UserEntity, email: link.email ?? null }
}

/**
 * Uses up a link, in the transaction of its effect. Of two concurrent uses, one fails.
 * @throws InvalidLink
 */
export async function consumeAccountLink(em: Orm['em'], { id }: ValidLink): Promise<void> {
  if ((await em.nativeDelete(AccountLinkEntity, { id })) !== 1) throw new InvalidLink()
}
