import { type Orm, transaction } from '../../database/orm.ts'
import { Invalid } from '../../http/errors.ts'
import type { Letter } from '../../notifications/mail/templates.tsx'
import type { Deps } from '../../process/deps.ts'
import { checkEmail } from '../email/address.ts'
import type { Language } from '../schema.ts'
import { endSessions, tellEnded } from '../sessions/revoke.ts'
import { makeLink, readLink, useLink } from '../users/account-link.ts'
import { AccountLink, Challenge, User } from '../users/entity.ts'
import { tellOwner } from '../users/notify-owner.ts'
import { wordsAbout } from '../users/service.ts'
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
  const user = await deps.orm.em.fork().findOne(User, { email: to, disabledAt: null })
  deps.mailer.send(async () => user && resetLetter(deps, { user, to, language }))
}

async function resetLetter(
  deps: Deps,
  { user, to, language }: { user: User; to: string; language: Language },
): Promise<Letter> {
  const link = await makeLink(deps, { user: user.id, purpose: 'reset' })
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
  return makeLink(deps, link, async (em) => {
    await before?.(em)
    await em.nativeDelete(AccountLink, link)
  })
}

/**
 * Whose password the link replaces.
 * @throws DeadLink
 */
export async function whoseReset(deps: Deps, token: string): Promise<{ username: string }> {
  const { user } = await readLink(deps, 'reset', token)
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
  const link = await readLink(deps, 'reset', token)
  const { user } = link
  await checkPassword(password, wordsAbout(user))
  const passwordHash = await hashPassword(password)
  const ended = await transaction(deps, async (em) => {
    await useLink(em, link)
    return replacePassword(em, user.id, { passwordHash })
  })
  await tellEnded(deps, user.id, ended)
  tellOwner(deps, user, { about: 'passwordChanged', language })
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
  await em.nativeUpdate(User, { id: user }, { passwordHash })
  await em.nativeDelete(AccountLink, { user })
  await em.nativeDelete(Challenge, { user })
  return endSessions(em, user, { but: keep })
}
