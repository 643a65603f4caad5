import { randomUUID } from 'node:crypto'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Config } from '../../process/config.ts'
import type { Mail } from './templates.tsx'

/** Brings one mail on its way, or throws. */
export type MailTransport = (mail: Mail) => Promise<void>

/** Milliseconds for an SMTP server to say anything at all. */
const SMTP_TIMEOUT_MS = 10_000

/** Hands mails to the SMTP server at `url`. A password for it travels over TLS alone, unless the URL says otherwise. */
export function smtpTransport(url: string, { mailFrom }: Pick<Config, 'mailFrom'>): MailTransport {
  return async (mail) => {
    const { createTransport } = await nodemailer()
    const transport = createTransport({
      url,
      requireTLS: new URL(url).password !== '',
      connectionTimeout: SMTP_TIMEOUT_MS,
      greetingTimeout: SMTP_TIMEOUT_MS,
      socketTimeout: SMTP_TIMEOUT_MS,
    })
    await transport.sendMail(addressed(mail, mailFrom))
  }
}

/** Keeps mails as files that mail programs open, complete once they have their name. */
export function fileTransport(
  { dataDir, mailFrom }: Pick<Config, 'dataDir' | 'mailFrom'>,
  log: Logger,
): MailTransport {
  return async (mail) => {
    const { createTransport } = await nodemailer()
    const transport = createTransport({ streamTransport: true, buffer: true, newline: 'windows' })
    const { message } = await transport.sendMail(addressed(mail, mailFrom))
    const folder = outboxOf(dataDir)
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const file = join(folder, `${new Date().toISOString().replaceAll(':', '-')}-${randomUUID()}.eml`)
    // A link in it opens an account: for this user alone.
    await writeFile(`${file}.part`, message as Buffer, { mode: 0o600, flag: 'wx' })
    await rename(`${file}.part`, file)
    log.info({ file }, 'a mail was written')
  }
}

/** The folder of the mails that nobody sends. */
export function outboxOf(dataDir: string): string {
  return join(dataDir, 'outbox')
}

// Loaded when used: most starts of an embedded server send nothing for long.
const nodemailer = () => import('nodemailer')

function addressed({ to, ...mail }: Mail, from: string) {
  return {
    ...mail,
    from,
    // As an object it is one address, whatever is in it.
    to: { name: '', address: to },
    // RFC 3834, 5: nobody's absence note answers it.
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  }
}
