import { LockMode } from '@mikro-orm/core'
import type { Logger } from 'pino'
import { UserEntity } from '../../accounts/users/entity.ts'
import type { Orm } from '../../database/orm.ts'
import { enqueueJob } from '../../jobs/enqueue.ts'
import { type JobHandler, PermanentJobError } from '../../jobs/runner.ts'
import type { Config } from '../../process/config.ts'
import { type MailRequest, renderMail } from './templates.tsx'
import { fileTransport, type MailTransport, outboxOf, smtpTransport } from './transport.ts'

export const MAIL_JOB = 'mail'

/**
 * Stores a mail in the caller's transaction. It is sent after the commit, at least once: a crash between the reply of the
 * mail server and the deletion of the job sends it again. The job contains the address and possibly a single-use link. It is
 * deleted after the mail was sent, and with the account.
 * @param options.user the ID of the recipient's account; nothing is stored when it is deleted
 */
export async function enqueueMail(
  em: Orm['em'],
  request: MailRequest,
  { user }: { user: number },
): Promise<void> {
  // Locked, so that a concurrent deletion of the account also deletes this job.
  const active = { id: user, deletedAt: null }
  const found = await em.findOne(UserEntity, active, { fields: ['id'], lockMode: LockMode.PESSIMISTIC_WRITE })
  if (found) await enqueueJob(em, { kind: MAIL_JOB, user, payload: request })
}

/** Stores a mail that is rendered and then discarded, so that its work takes as long as that of a mail that is sent. */
export function enqueueDecoy(em: Orm['em'], request: MailRequest): Promise<void> {
  return enqueueJob(em, { kind: MAIL_JOB, payload: { ...request, isDecoy: true } })
}

/** Sends stored mails over SMTP or, without `SMTP_URL`, writes them to files in the data folder. */
export function mailHandler(config: Config, log: Logger): JobHandler {
  const transport = openTransport(config, log)
  return {
    async run(payload) {
      const { isDecoy, ...request } = payload as MailRequest & { isDecoy?: true }
      const mail = renderMail(request, config)
      if (isDecoy) return
      await transport(mail).catch((error) => {
        throw isPermanent(error) ? new PermanentJobError('the mail was rejected', { cause: error }) : error
      })
    },
  }
}

function openTransport(config: Config, log: Logger): MailTransport {
  if (config.smtpUrl) return smtpTransport(config.smtpUrl, config)
  log.info({ outbox: outboxOf(config.dataDir) }, 'SMTP_URL is not set: mails are written to files')
  return fileTransport(config, log)
}

/**
 * Whether the server rejected this recipient or this message for good. All other errors are retried: they concern the
 * server or its settings, such as a wrong password or sender, and an operator can fix them.
 */
function isPermanent(error: unknown): boolean {
  const { code, command, responseCode = 0 } = error as MailError
  const isAboutThisMail = (code === 'EENVELOPE' && command === 'RCPT TO') || code === 'EMESSAGE'
  // RFC 4954, 6: 53z asks for other credentials.
  return isAboutThisMail && responseCode >= 500 && Math.floor(responseCode / 10) !== 53
}

/** The properties of nodemailer's errors: its own code, the SMTP command, and the reply code of the server. */
type MailError = { code?: string; command?: string; responseCode?: number }
