import { type Orm, transaction } from '../../database/orm.ts'
import { Invalid, TooManyRequests } from '../../http/errors.ts'
import type { Counted, RateLimits } from '../../http/rate-limits.ts'
import { enqueueJob } from '../../jobs/enqueue.ts'
import type { JobHandler } from '../../jobs/runner.ts'
import { enqueueMail } from '../../notifications/mail/mail-job.ts'
import type { Deps } from '../../process/deps.ts'
import { networksOf } from '../../process/network-key.ts'
import { refundAll, takeAll, takeShared } from '../../process/take-limits.ts'
import type { Language } from '../profile/schema.ts'
import { createAccountLink } from '../users/account-link.ts'
import { UserEntity } from '../users/entity.ts'
import { checkEmail } from './address.ts'

export const EMAIL_VERIFICATION_JOB = 'email-verification'

/** `language` is the language of the mail unless the recipient has chosen another. */
type VerificationRequest = { user: number; to: string; language: Language; link: string }

/** The recipient, the network address of the client that requests the mail, and its account; none at a sign-up. */
type Limited = { to: string; address: string; user?: number | undefined }

/**
 * Counts a verification mail; a refused one counts for no limit. A mailbox is limited for each account and each network, because
 * anyone can claim it: the claims of strangers must not keep its owner from verifying it.
 * @returns what was counted
 * @throws TooManyRequests
 */
export async function takeVerificationLimits(
  { limits }: Deps,
  { to, address, user }: Limited,
): Promise<Counted[]> {
  const mailbox: Counted[] = [{ rule: 'verifyMail', key: `${networksOf(address).near} ${to}` }]
  if (user !== undefined) mailbox.push({ rule: 'verifyMail', key: `user ${user} ${to}` })
  return takeMail(limits, mailbox)
}

/**
 * Counts a mail for the network or, once that limit is used up, for the user or known device, and then for the limits of its
 * mailbox: made-up mailboxes need no memory once the network is refused.
 * @returns what was counted
 * @throws TooManyRequests
 */
export async function takeMail(limits: RateLimits, mailbox: readonly Counted[]): Promise<Counted[]> {
  const rules = { network: 'mailAddress', member: 'mailMember', members: 'mailMembers' } as const
  const requester = await takeShared(limits, rules)
  try {
    await takeAll(limits, mailbox)
    return [...requester, ...mailbox]
  } catch (error) {
    await refundAll(limits, requester)
    throw error
  }
}

/**
 * Counts the verification mail of a sign-up, which is created without one when the address is empty or invalid, or when a limit
 * is reached: the settings page can request another mail.
 * @returns the normalized address, and `refund` for a sign-up that fails; null without a mail
 */
export async function reserveVerificationMail(
  deps: Deps,
  { email, address }: { email: string | undefined; address: string },
): Promise<{ to: string; refund(): Promise<void> } | null> {
  try {
    const to = checkEmail(email)
    if (!to) return null
    const taken = await takeVerificationLimits(deps, { to, address })
    return { to, refund: () => refundAll(deps.limits, taken) }
  } catch (error) {
    if (error instanceof Invalid || error instanceof TooManyRequests) return null
    throw error
  }
}

/**
 * Creates a link that verifies the address for the account, and stores the job that mails it, in the caller's transaction. If
 * another account has the address, its owner gets a notice without a link.
 */
export async function enqueueVerificationMail(
  em: Orm['em'],
  deps: Deps,
  { user, to, language }: Omit<VerificationRequest, 'link'>,
): Promise<void> {
  const link = await createAccountLink(em, deps, { user, purpose: 'verify', email: to })
  const payload: VerificationRequest = { user, to, language, link }
  await enqueueJob(em, { kind: EMAIL_VERIFICATION_JOB, user, payload })
}

/** Looks up the owner of the address and stores the mail. Not part of the request, whose duration must not depend on it. */
export function emailVerificationHandler(deps: Pick<Deps, 'orm'>): JobHandler {
  return {
    run: (payload, job) =>
      transaction(deps, async (em) => {
        const { user, to, language: requested, link } = payload as VerificationRequest
        const owner = await em.findOne(UserEntity, { email: to })
        const recipient = owner ?? (await em.findOne(UserEntity, { id: user, deletedAt: null }))
        if (recipient) {
          const { id, username, displayName } = recipient
          const mail = { to, username, displayName, language: recipient.language ?? requested }
          await enqueueMail(
            em,
            owner ? { about: 'emailInUse', ...mail } : { about: 'verify', link, ...mail },
            { user: id },
          )
        }
        await job.complete(em)
      }),
  }
}
