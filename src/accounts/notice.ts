import type { Deps } from '../deps.ts'
import type { Letter } from '../mail/letter.tsx'
import type { User } from './entity.ts'
import type { Language } from './schema.ts'

/** Something of the account that its owner should hear of from us, in case it was somebody else (OWASP ASVS 5.0, 6.3.7). */
export type Notice = Exclude<Letter['about'], 'reset' | 'verify' | 'emailInUse' | 'emailChanged'>

/** Mails it to the address of the account, if it has one. */
export function tellOwner(
  { mailer }: Pick<Deps, 'mailer'>,
  user: User,
  { about, language }: { about: Notice; language: Language },
): void {
  const { email: to, username } = user
  if (!to) return
  mailer.send(async () => ({ about, to, language: user.language ?? language, username }))
}
