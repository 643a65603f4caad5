import { type Orm, transaction } from '../../database/orm.ts'
import { Invalid } from '../../http/errors.ts'
import { enqueueJobNow } from '../../jobs/enqueue.ts'
import { JobEntity } from '../../jobs/entity.ts'
import type { JobHandler } from '../../jobs/runner.ts'
import { enqueueDecoy, enqueueMail } from '../../notifications/mail/mail-job.ts'
import type { Deps } from '../../process/deps.ts'
import { logSecurityEvent } from '../../process/security-event.ts'
import { checkEmail } from '../email/address.ts'
import { takeMail } from '../email/verification-mail.ts'
import type { Language } from '../profile/schema.ts'
import { publishSessionsRevoked, revokeSessions } from '../sessions/revoke.ts'
import { ChallengeEntity } from '../sign-in/entity.ts'
import { checkPasswordsOn } from '../sign-in/errors.ts'
import { consumeAccountLink, createAccountLink, findAccountLink } from '../users/account-link.ts'
import { AccountLinkEntity, UserEntity } from '../users/entity.ts'
import { notifyAccountOwner } from '../users/notify-owner.ts'
import { checkPassword } from './check.ts'
import { hashPassword } from './hash.ts'

export const PASSWORD_RESET_JOB = 'password-reset-request'

type ResetJob = { email: string; language: Language }

/**
 * Requests a mail with a reset link. Every request stores the same job, so neither the response nor its time reveals whether
 * an account has this address (OWASP ASVS 5.0, 6.3.8).
 * @throws Invalid, TooManyRequests
 */
export async function requestReset(deps: Deps, { email, language }: ResetJob): Promise<void> {
  checkPasswordsOn(deps)
  const to = checkEmail(email)
  if (!to) throw new Invalid({ email: 'required' })
  await takeMail(deps.limits, [{ rule: 'resetMail', key: to }])
  const payload: ResetJob = { email: to, language }
  await enqueueJobNow(deps, { kind: PASSWORD_RESET_JOB, payload })
}

/**
 * Creates the link and stores its mail, if an active account has the address. Otherwise it stores a mail that is discarded: with
 * less work for unknown addresses, the time of the next request would reveal which addresses are known.
 */
export function passwordResetHandler(deps: Pick<Deps, 'orm' | 'config' | 'now'>): JobHandler {
  return {
    run: (payload, job) =>
      transaction(deps, async (em) => {
        const { email: to, language } = payload as ResetJob
        const user = await em.findOne(UserEntity, { email: to, disabledAt: null })
        if (user) {
          const link = await createAccountLink(em, deps, { user: user.id, purpose: 'reset' })
          const { id, username, displayName } = user
          const mail = { to, username, displayName, language: user.language ?? language, link }
          await enqueueMail(em, { about: 'reset', ...mail }, { user: id })
        } else {
          const decoy = { to, username: to, displayName: to, language, link: deps.config.origin }
          await enqueueDecoy(em, { about: 'reset', ...decoy })
        }
        await job.complete(em)
      }),
  }
}

/** Deletes the requests for an address that have not run yet, in the transaction that deletes its account. */
export async function deleteResetRequests(em: Orm['em'], email: string): Promise<void> {
  // Read without a lock, because a range lock would delay new requests. Few jobs of this kind are stored at any time.
  const jobs = await em.find(JobEntity, { kind: PASSWORD_RESET_JOB }, { fields: ['id', 'payload'] })
  const ids = jobs.filter(({ payload }) => payload.includes(JSON.stringify(email))).map(({ id }) => id)
  await em.nativeDelete(JobEntity, { id: { $in: ids } })
}

/**
 * Creates a reset link for an administrator to hand over. It works once, within half an hour; earlier reset links of the
 * account become invalid.
 * @param beforeCreate runs first in the same transaction
 */
export function createResetLink(
  deps: Deps,
  userId: number,
  beforeCreate?: (em: Orm['em']) => Promise<void>,
): Promise<string> {
  const link = { user: userId, purpose: 'reset' } as const
  return transaction(deps, async (em) => {
    await beforeCreate?.(em)
    await em.nativeDelete(AccountLinkEntity, link)
    return createAccountLink(em, deps, link)
  })
}

/**
 * The user whose password the link resets.
 * @throws InvalidLink
 */
export async function findResetUser(deps: Deps, token: string): Promise<{ username: string }> {
  const { user } = await findAccountLink(deps, 'reset', token)
  return { username: user.username }
}

/**
 * Resets a forgotten password. Revokes all sessions and starts none: the holder of a link must still pass two-factor
 * authentication. Returns the username, whose owner has proved to have the mailbox or to be known to an administrator.
 * @throws PasswordsOff; InvalidLink; Invalid, which does not use up the link
 */
export async function resetPassword(
  deps: Deps,
  { token, password, language }: { token: string; password: string; language: Language },
): Promise<{ username: string }> {
  checkPasswordsOn(deps)
  const link = await findAccountLink(deps, 'reset', token)
  const { user } = link
  await checkPassword(deps, password, user)
  const passwordHash = await hashPassword(password, { kind: 'user', key: `user ${user.id}` })
  const revoked = await transaction(deps, async (em) => {
    await consumeAccountLink(em, link)
    await notifyAccountOwner(em, user, { about: 'passwordChanged', language })
    return replacePassword(em, user.id, { passwordHash })
  })
  await publishSessionsRevoked(deps, user.id, revoked)
  logSecurityEvent(deps, { event: 'password-reset', outcome: 'succeeded', user: user.id })
  return { username: user.username }
}

/**
 * Replaces the password and revokes everything that the old one gave access to: sessions, links and challenges.
 * @param exceptId the session to keep; 0 for none
 * @returns the IDs of the revoked sessions
 */
export async function replacePassword(
  em: Orm['em'],
  user: number,
  { passwordHash, exceptId = 0 }: { passwordHash: string; exceptId?: number },
): Promise<number[]> {
  await em.nativeUpdate(UserEntity, { id: user }, { passwordHash })
  await em.nativeDelete(AccountLinkEntity, { user })
  await em.nativeDelete(ChallengeEntity, { user })
  return revokeSessions(em, user, { exceptId })
}
