import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Config } from '../../process/config.ts'
import { withTimeout } from '../../process/timeout.ts'
import type { Mail } from './templates.tsx'

/** Delivers one mail. Rejects when delivery fails. */
export type MailTransport = (mail: Mail) => Promise<void>

/** Milliseconds to connect to an SMTP server and to receive its greeting. */
const SMTP_CONNECT_TIMEOUT_MS = 10_000

/**
 * Milliseconds without a reply. Servers may check a mail for minutes before they accept it (RFC 5321, 4.5.3.2.6). A timeout
 * before the reply would send the mail again.
 */
const SMTP_REPLY_TIMEOUT_MS = 120_000

/** Milliseconds for the whole delivery: a server that replies line by line must not occupy the job runner for ever. */
const SMTP_DELIVERY_TIMEOUT_MS = 300_000

/** Sends mails to the SMTP server at `url`. A password requires TLS, unless the URL sets `requireTLS=false`. */
export function smtpTransport(url: string, { mailFrom }: Pick<Config, 'mailFrom'>): MailTransport {
  return async (mail) => {
    const { createTransport } = await nodemailer()
    const transport = createTransport({
      url,
      requireTLS: new URL(url).password !== '',
      connectionTimeout: SMTP_CONNECT_TIMEOUT_MS,
      greetingTimeout: SMTP_CONNECT_TIMEOUT_MS,
      socketTimeout: SMTP_REPLY_TIMEOUT_MS,
    })
    await withTimeout(SMTP_DELIVERY_TIMEOUT_MS, transport.sendMail(addressed(mail, mailFrom)))
  }
}

/** Writes mails to files that mail programs can open. A file is complete as soon as it has its final name. */
export function fileTransport(
  { dataDir, mailFrom }: Pick<Config, 'dataDir' | 'mailFrom'>,
  log: Logger,
): MailTransport {
  return async (mail) => {
    const { mkdir, rename, writeFile } = await import('node:fs/promises')
    const { createTransport } = await nodemailer()
    const transport = createTransport({ streamTransport: true, buffer: true, newline: 'windows' })
    const { message } = await transport.sendMail(addressed(mail, mailFrom))
    const folder = outboxOf(dataDir)
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const file = join(folder, `${new Date().toISOString().replaceAll(':', '-')}-${randomUUID()}.eml`)
    // Readable by this system user only: a link in it gives access to an account.
    await writeFile(`${file}.part`, message as Buffer, { mode: 0o600, flag: 'wx' })
    await rename(`${file}.part`, file)
    log.info({ file }, 'a mail was written')
  }
}

/** The folder for mails when no mail server is configured. */
export function outboxOf(dataDir: string): string {
  return join(dataDir, 'outbox')
}

// Loaded on demand, because it would slow down the start.
const nodemailer = () => import('nodemailer')

function addressed({ to, ...mail }: Mail, from: string) {
  return {
    ...mail,
    from,
    // An object is taken as a single address, even if it contains commas or line breaks.
    to: { name: '', address: to },
    // RFC 3834, 5: prevents automatic replies.
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  }
}
