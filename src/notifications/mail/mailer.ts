import { setImmediate, setTimeout } from 'node:timers/promises'
import pLimit from 'p-limit'
import type { Logger } from 'pino'
import type { Config } from '../../process/config.ts'
import { type MailRequest, renderMail } from './templates.tsx'
import { fileTransport, type MailTransport, outboxOf, smtpTransport } from './transport.ts'

/** Sends letters behind the back of the request that asked for them: no answer waits for a mail, or tells of one. */
export type Mailer = {
  /** `make` is called once the answer is on its way, so that its time does not tell whether there is a letter. */
  send(make: () => Promise<MailRequest | null>): void
  /** Resolves when everything so far was sent, or given up. */
  idle(): Promise<void>
  /** Tries once more what waits, for a few seconds at most. */
  close(): Promise<void>
}

/** Seconds before each further try: a mail server that is away for some minutes is waited for. */
const WAITS = [1, 5, 30, 120, 600]

/** Letters under way; past that something is wrong that more letters do not mend. */
const MAX_QUEUED_MAILS = 1000

/** Milliseconds for the last mails at the end of the process. */
const LAST = 5000

/** Opens the way that the settings name: SMTP, else files in the data folder. */
export function openMailer(config: Config, log: Logger, { waits = WAITS } = {}): Mailer {
  const carry = openTransport(config, log)
  const underWay = new Set<Promise<void>>()
  const atOnce = pLimit(4)
  const closing = new AbortController()

  async function dispatch(make: () => Promise<MailRequest | null>): Promise<void> {
    await setImmediate()
    const letter = await make()
    if (!letter) return
    const mail = renderMail(letter, config)
    for (const wait of [...waits, null]) {
      try {
        return await atOnce(() => carry(mail))
      } catch (error) {
        if (wait === null || closing.signal.aborted || isFinal(error)) throw error
        log.warn({ ...causeOf(error), seconds: wait }, 'a mail has to wait')
        await setTimeout(wait * 1000, null, { signal: closing.signal, ref: false }).catch(() => {})
      }
    }
  }

  const idle = async () => {
    while (underWay.size > 0) await Promise.all(underWay)
  }
  return {
    send(make) {
      if (underWay.size >= MAX_QUEUED_MAILS) return log.error('too many mails are under way: one was dropped')
      const sent = dispatch(make)
        .catch((error) => log.error(causeOf(error), 'a mail was not sent'))
        .finally(() => underWay.delete(sent))
      underWay.add(sent)
    },
    idle,
    async close() {
      closing.abort()
      await Promise.race([idle(), setTimeout(LAST, null, { ref: false })])
    },
  }
}

function openTransport(config: Config, log: Logger): MailTransport {
  if (config.smtpUrl) return smtpTransport(config.smtpUrl, config)
  log.info({ outbox: outboxOf(config.dataDir) }, 'without SMTP_URL mails are files')
  return fileTransport(config, log)
}

/** RFC 5321, 4.2.1: the same mail would be refused again. */
function isFinal(error: unknown): boolean {
  return (error as { responseCode?: number }).responseCode! >= 500
}

/** Why, without the words of the mail server: they repeat the address. */
function causeOf(error: unknown) {
  const { name, code, responseCode, command } = error as Record<string, unknown>
  return { reason: code ?? name, status: responseCode, command }
}
