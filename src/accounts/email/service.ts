import { UniqueConstraintViolationException } from '@mikro-orm/core'
import { type Orm, transaction } from '../../database/orm.ts'
import { Invalid } from '../../http/errors.ts'
import type { Deps } from '../../process/deps.ts'
import { logSecurityEvent } from '../../process/security-event.ts'
import type { Language } from '../profile/schema.ts'
import { consumeAccountLink, findAccountLink } from '../users/account-link.ts'
import { AccountLinkEntity, UserEntity } from '../users/entity.ts'
import { InvalidLink } from '../users/errors.ts'
import { lockUser } from '../users/lock-user.ts'
import { notifyAccountOwner } from '../users/notify-owner.ts'
import { checkEmail } from './address.ts'
import type { EmailView } from './schema.ts'
import { enqueueVerificationMail, takeVerificationLimits } from './verification-mail.ts'

/** The email address, the viewer's language, and the network address of the client. */
type EmailClaim = { email: string; language: Language; address: string }

/** The verified address of the account, and the pending one. */
export async function emailOf({ orm, now }: Deps, me: number): Promise<EmailView> {
  const em = orm.em.fork()
  const { email } = await em.findOneOrFail(UserEntity, me, { fields: ['email'] })
  const link = await em.findOne(AccountLinkEntity, { user: me, purpose: 'verify', expiresAt: { $gt: now() } })
  return { email: email ?? null, pending: link?.email ?? null }
}

/**
 * Sends a link that changes the address when used. An empty address removes the current one immediately.
 * @throws Invalid, TooManyRequests; Unauthorized when the account was disabled in the meantime
 */
export async function changeEmail(deps: Deps, me: number, claim: EmailClaim): Promise<void> {
  const user = await deps.orm.em.fork().findOneOrFail(UserEntity, me)
  const email = checkEmail(claim.email)
  if (email && email !== user.email) {
    await takeVerificationLimits(deps, { to: email, address: claim.address, user: me })
    const request = { user: me, to: email, language: claim.language }
    return transaction(deps, async (em) => {
      // Of two concurrent changes, the second replaces the link of the first.
      await lockUser(em, me)
      await enqueueVerificationMail(em, deps, request)
    })
  }
  await transaction(deps, async (em) => {
    // Deletes the pending address. Without an address, links that were sent to it are deleted, too.
    await em.nativeDelete(AccountLinkEntity, { user: me, ...(email && { purpose: 'verify' }) })
    if (email) return
    await em.nativeUpdate(UserEntity, { id: me }, { email })
    await notifyPreviousAddress(em, user, claim.language)
  })
  if (!email) logSecurityEvent(deps, { event: 'email-change', outcome: 'succeeded', user: me })
}

/**
 * The address that the link verifies, and the username of its account.
 * @throws InvalidLink
 */
export async function findEmailOwner(
  deps: Deps,
  token: string,
): Promise<{ email: string; username: string }> {
  const { user, email } = await findAccountLink(deps, 'verify', token)
  if (!email) throw new InvalidLink()
  return { email, username: user.username }
}

/**
 * Sets the address in the link for its account. Deletes the account's other links, which were sent to the old address.
 * @throws InvalidLink; Invalid when another account verified the address first
 */
export async function verifyEmail(deps: Deps, token: string, language: Language): Promise<void> {
  const link = await findAccountLink(deps, 'verify', token)
  const { user, email } = link
  try {
    await transaction(deps, async (em) => {
      await consumeAccountLink(em, link)
      await em.nativeUpdate(UserEntity, { id: user.id }, { email })
      await em.nativeDelete(AccountLinkEntity, { user: user.id })
      await notifyPreviousAddress(em, user, language)
    })
    logSecurityEvent(deps, { event: 'email-change', outcome: 'succeeded', user: user.id })
  } catch (error) {
    if (error instanceof UniqueConstraintViolationException) throw new Invalid({ token: 'email_taken' })
    throw error
  }
}

/** Notifies the previous address that it was replaced or removed. The mail is stored in the same transaction. */
export function notifyPreviousAddress(
  em: Orm['em'],
  user: Pick<UserEntity, 'id' | 'email' | 'username' | 'displayName' | 'language'>,
  language: Language,
): Promise<void> {
  return notifyAccountOwner(em, user, { about: 'emailChanged', language })
}
