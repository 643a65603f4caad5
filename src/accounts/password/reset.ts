import { type Orm, transaction } from '../../database/orm.ts'
import { Invalid } from '../../http/errors.ts'
import type { MailRequest } from '../../notifications/mail/templates.tsx'
import type { Deps } from '../../process/deps.ts'
import { checkEmail } from '../email/address.ts'
import type { Language } from '../schema.ts'
import { publishSessionsRevoked, revokeSessions } from '../sessions/revoke.ts'
import { consumeAccountLink, createAccountLink, findAccountLink } from '../users/account-link.ts'
import { AccountLinkEntity, ChallengeEntity, UserEntity } from '../users/entity.ts'
import { notifyAccountOwner } from '../users/notify-owner.ts'
import { personalWords } from '../users/service.ts'
import { checkPassword, hashPassword } from './hash.ts'

/** What somebody asks with: where they read mail, in what language, and from where they ask. */
type Request = { email: string; language: Language; address: string }

/**
 * Mails a link for a new password, when an account has this address. Whether one has shows neither in what comes back nor
 * in how long it takes: all that is different happens after the answer (OWASP ASVS 5.0, 6.3.8).
 * @throws Invalid, TooMany
 */
export async function requestReset(deps: Deps, { email, language, address }: Request): Promise<void> {
  const to = checkEmail(email)
  if (!to) throw new Invalid({ email: 'required' })
  await deps.limits.take('mailAddress', address)
  await deps.limits.take('resetMail', to)
  const user = await deps.orm.em.fork().findOne(UserEntity, { email: to, disabledAt: null })
  deps.mailer.send(async () => user && resetLetter(deps, { user, to, language }))
}

async function resetLetter(
  deps: Deps,
  { user, to, language }: { user: UserEntity; to: string; language: Language },
): Promise<MailRequest> {
  const link = await createAccountLink(deps, { user: user.id, purpose: 'reset' })
  return { about: 'reset', to, language: user.language ?? language, username: user.username, link }
}

/**
 * Makes a link with which whoever holds it chooses a new password, once, within half an hour. Those made or asked for
 * before end.
 * @param before what is written before it in the same transaction, or not at all
 */
export function createResetLink(
  deps: Deps,
  userId: number,
  before?: (em: Orm['em']) => Promise<void>,
): Promise<string> {
  const link = { user: userId, purpose: 'reset' } as const
  return createAccountLink(deps, link, async (em) => {
    await before?.(em)
    await em.nativeDelete(AccountLinkEntity, link)
  })
}

/**
 * Whose password the link replaces.
 * @throws DeadLink
 */
export async function findResetUser(deps: Deps, token: string): Promise<{ username: string }> {
  const { user } = await findAccountLink(deps, 'reset', token)
  return { username: user.username }
}

/**
 * Replaces a forgotten password. Everybody is signed out, and has to sign in: whoever holds a link must still pass whatever
 * guards the sign-in.
 * @throws DeadLink; Invalid, and the link still works
 */
export async function resetPassword(
  deps: Deps,
  { token, password, language }: { token: string; password: string; language: Language },
): Promise<void> {
  const link = await findAccountLink(deps, 'reset', token)
  const { user } = link
  await checkPassword(password, personalWords(user))
  const passwordHash = await hashPassword(password)
  const ended = await transaction(deps, async (em) => {
    await consumeAccountLink(em, link)
    return replacePassword(em, user.id, { passwordHash })
  })
  await publishSessionsRevoked(deps, user.id, ended)
  notifyAccountOwner(deps, user, { about: 'passwordChanged', language })
}

/**
 * Another password, and what was good with the old one ends: sessions, whose IDs come back, links under way, and proofs of it.
 * @param keep the session that stays
 */
export async function replacePassword(
  em: Orm['em'],
  user: number,
  { passwordHash, keep = 0 }: { passwordHash: string; keep?: number },
): Promise<number[]> {
  await em.nativeUpdate(UserEntity, { id: user }, { passwordHash })
  await em.nativeDelete(AccountLinkEntity, { user })
  await em.nativeDelete(ChallengeEntity, { user })
  return revokeSessions(em, user, { but: keep })
}
