import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import PostalMime, { type Email } from 'postal-mime'
import { outboxOf } from '../../src/notifications/mail/transport.ts'
import type { Chat } from './chat.ts'

/** A parsed mail with its link. */
export type Received = Email & { text: string; html: string; link: URL }

/** Returns all mails to the address, oldest first. */
export async function mailsTo(
  { deps, jobs }: Pick<Chat, 'deps' | 'jobs'>,
  address: string,
): Promise<Received[]> {
  await jobs.idle()
  const mails = await readOutbox(deps.config.dataDir)
  return mails.filter(({ to }) => to?.some((one) => one.address === address))
}

/** Returns the newest mail to the address. */
export async function lastMailTo(chat: Chat, address: string): Promise<Received> {
  const mail = (await mailsTo(chat, address)).at(-1)
  if (!mail) throw new Error(`no mail to ${address}`)
  return mail
}

/** Returns the mails in the outbox of a data folder, oldest first. */
export async function readOutbox(dataDir: string): Promise<Received[]> {
  const folder = outboxOf(dataDir)
  const files = existsSync(folder)
    ? readdirSync(folder)
        .filter((file) => file.endsWith('.eml'))
        .toSorted()
    : []
  return Promise.all(files.map((file) => readMail(readFileSync(join(folder, file)))))
}

/** Parses a raw mail. Its link must be the same in text and HTML. */
export async function readMail(raw: Buffer): Promise<Received> {
  const email = await PostalMime.parse(raw)
  const { text = '', html = '' } = email
  const link = /^https?:\S+$/m.exec(text)?.[0] ?? ''
  const escaped = link.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  if (!html.includes(`href="${escaped}"`)) throw new Error('the links of HTML and text differ')
  return { ...email, text, html, link: new URL(link) }
}
