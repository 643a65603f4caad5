import type { Logger } from 'pino'
import type { Orm } from '../../database/orm.ts'
import { enqueueJob } from '../../jobs/enqueue.ts'
import { type JobHandler, PermanentJobError } from '../../jobs/runner.ts'
import type { Config } from '../../process/config.ts'
import { type MailRequest, renderMail } from './templates.tsx'
import { fileTransport, type MailTransport, outboxOf, smtpTransport } from './transport.ts'

export const MAIL_JOB = 'mail'

/**
 * Stores a mail in the caller's transaction. It is sent after the commit, at least once: a crash between the reply of the
 * mail server and the deletion of the job sends it again. The job contains the address and possibly a single-use link, and
 * is deleted after the mail was sent.
 */
export function enqueueMail(em: Orm['em'], request: MailRequest): Promise<void> {
  return enqueueJob(em, { kind: MAIL_JOB, payload: request })
}

/** Sends stored mails over SMTP or, without `SMTP_URL`, writes them to files in the data folder. */
export function mailHandler(config: Config, log: Logger): JobHandler {
  const transport = openTransport(config, log)
  return {
    async run(payload) {
      const mail = renderMail(payload as MailRequest, config)
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

/** RFC 5321, 4.2.1: after a 5yz reply the client should not repeat the same request. */
function isPermanent(error: unknown): boolean {
  return (error as { responseCode?: number }).responseCode! >= 500
}
