import { UniqueConstraintViolationException } from '@mikro-orm/core'
import { transaction } from '../../database/orm.ts'
import { Invalid, InvalidLink } from '../../http/errors.ts'
import type { Deps } from '../../process/deps.ts'
import type { EmailView, Language } from '../schema.ts'
import { consumeAccountLink, createAccountLink, findAccountLink } from '../users/account-link.ts'
import { AccountLinkEntity, UserEntity } from '../users/entity.ts'
import { checkEmail } from './address.ts'

/** What somebody asks with: the address, in what language they read, and from where they ask. */
type EmailClaim = { email: string; language: Language; address: string }

/** The address of the account, and the one that waits for its link to be opened. */
export async function emailOf({ orm, now }: Deps, me: number): Promise<EmailView> {
  const em = orm.em.fork()
  const { email } = await em.findOneOrFail(UserEntity, me, { fields: ['email'] })
  const link = await em.findOne(AccountLinkEntity, { user: me, purpose: 'verify', expiresAt: { $gt: now() } })
  return { email: email ?? null, pending: link?.email ?? null }
}

/**
 * Changes the address as soon as the link in a mail to it is opened; an empty one removes it at once.
 * @throws Invalid, TooMany
 */
export async function changeEmail(deps: Deps, me: number, claim: EmailClaim): Promise<void> {
  const user = await deps.orm.em.fork().findOneOrFail(UserEntity, me)
  const email = checkEmail(claim.email)
  if (email && email !== user.email) return claimEmail(deps, user, { ...claim, email })
  await transaction(deps, async (em) => {
    // Nothing waits any more. Without an address, links that went to it die, too.
    await em.nativeDelete(AccountLinkEntity, { user: me, ...(email && { purpose: 'verify' }) })
    if (!email) await em.nativeUpdate(UserEntity, { id: me }, { email })
  })
  if (!email) notifyPreviousAddress(deps, user, claim.language)
}

/**
 * Mails a link that makes the address the account's. Nobody learns whether another account has it already but who reads
 * its mails: they are told so, and get no link.
 * @throws Invalid, TooMany
 */
export async function claimEmail(
  deps: Deps,
  user: Pick<UserEntity, 'id' | 'username' | 'language'>,
  { email, language, address }: EmailClaim,
): Promise<void> {
  const to = checkEmail(email)
  if (!to) return
  await deps.limits.take('mailAddress', address)
  await deps.limits.take('verifyMail', to)
  const link = await createAccountLink(deps, { user: user.id, purpose: 'verify', email: to })
  deps.mailer.send(async () => {
    const owner = await deps.orm.em.fork().findOne(UserEntity, { email: to })
    const reader = owner ?? user
    const letter = { to, username: reader.username, language: reader.language ?? language }
    return owner ? { about: 'emailInUse', ...letter } : { about: 'verify', link, ...letter }
  })
}

/**
 * Which address the link gives to whom.
 * @throws DeadLink
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
 * Makes the address in the link the account's. Other links of the account die: they went to the old one.
 * @throws DeadLink; Invalid when it was somebody else's first
 */
export async function verifyEmail(deps: Deps, token: string, language: Language): Promise<void> {
  const link = await findAccountLink(deps, 'verify', token)
  const { user, email } = link
  try {
    await transaction(deps, async (em) => {
      await consumeAccountLink(em, link)
      await em.nativeUpdate(UserEntity, { id: user.id }, { email })
      await em.nativeDelete(AccountLinkEntity, { user: user.id })
    })
  } catch (error) {
    if (error instanceof UniqueConstraintViolationException) throw new Invalid({ token: 'email_taken' })
    throw error
  }
  notifyPreviousAddress(deps, user, language)
}

/** Whose address was replaced or removed should know, if it was not them. */
export function notifyPreviousAddress(
  { mailer }: Deps,
  user: Pick<UserEntity, 'email' | 'username' | 'language'>,
  language: Language,
): void {
  const { email: to, username } = user
  if (!to) return
  mailer.send(async () => ({ about: 'emailChanged', to, language: user.language ?? language, username }))
}
