import type { Orm } from '../../database/orm.ts'
import { enqueueMail } from '../../notifications/mail/mail-job.ts'
import type { MailRequest } from '../../notifications/mail/templates.tsx'
import type { Language } from '../profile/schema.ts'
import type { UserEntity } from './entity.ts'

/** A change of an account that its owner is notified of, in case it was made by an attacker (OWASP ASVS 5.0, 6.3.7). */
export type SecurityNotification = Exclude<MailRequest['about'], 'reset' | 'verify' | 'emailInUse'>

/**
 * Mails the notification to the address of the account, if it has one. The mail is stored in the transaction of the change.
 * @param language of the mail when the user has not chosen one
 */
export async function notifyAccountOwner(
  em: Orm['em'],
  user: Pick<UserEntity, 'id' | 'email' | 'username' | 'displayName' | 'language'>,
  { about, language }: { about: SecurityNotification; language: Language },
): Promise<void> {
  const { id, email: to, username, displayName } = user
  const mail = { about, language: user.language ?? language, username, displayName }
  if (to) await enqueueMail(em, { ...mail, to }, { user: id })
}
