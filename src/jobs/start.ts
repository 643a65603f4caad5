import { announceDeletionHandler, DELETED_ACCOUNT_JOB } from '../accounts/data/announce-deletion.ts'
import { EMAIL_VERIFICATION_JOB, emailVerificationHandler } from '../accounts/email/verification-mail.ts'
import { PASSWORD_RESET_JOB, passwordResetHandler } from '../accounts/password/reset.ts'
import { MAIL_JOB, mailHandler } from '../notifications/mail/mail-job.ts'
import type { Deps } from '../process/deps.ts'
import { PURGE_JOB, purgeHandler } from './purge.ts'
import { type JobRunner, type JobRunnerOptions, openJobRunner } from './runner.ts'

/** Runs all kinds of jobs in this process, until the runner is closed. Close it before the database. */
export function startJobs(deps: Deps, options?: JobRunnerOptions): JobRunner {
  const handlers = {
    [MAIL_JOB]: mailHandler(deps.config, deps.log),
    [PASSWORD_RESET_JOB]: passwordResetHandler(deps),
    [EMAIL_VERIFICATION_JOB]: emailVerificationHandler(deps),
    [DELETED_ACCOUNT_JOB]: announceDeletionHandler(deps),
    [PURGE_JOB]: purgeHandler(deps),
  }
  return openJobRunner(deps, handlers, options)
}
