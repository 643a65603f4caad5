import type { MailRequest } from '../../notifications/mail/templates.tsx'
import type { Deps } from '../../process/deps.ts'
import type { Language } from '../schema.ts'
import type { UserEntity } from './entity.ts'

/** Something of the account that its owner should hear of from us, in case it was somebody else (OWASP ASVS 5.0, 6.3.7). */
export type SecurityNotification = Exclude<
  MailRequest['about'],
  'reset' | 'verify' | 'known' | 'emailChanged'
>

/** Mails it to the address of the account, if it has one. */
export function notifyAccountOwner(
  { mailer }: Pick<Deps, 'mailer'>,
  user: UserEntity,
  { about, language }: { about: SecurityNotification; language: Language },
): void {
  const { email: to, username } = user
  if (!to) return
  mailer.send(async () => ({ about, to, language: user.language ?? language, username }))
}
