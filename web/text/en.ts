// English texts, by feature in the folder `en`. Their types are those of the other languages, too.
import { admin } from './en/admin.ts'
import { account, openId, recovery } from './en/auth.ts'
import type { chat } from './en/chat.ts'
import { errors, status } from './en/errors.ts'
import { invites } from './en/invites.ts'
import { mail } from './en/mail.ts'
import { blocked, report } from './en/safety.ts'
import { passkeys, security, tokens, twoFactor } from './en/security.ts'
import { avatar, data, preferences, sections } from './en/settings.ts'
import { empty, side } from './en/side.ts'

/** Texts that only the server needs. */
export const pages = {
  product: 'ChatApp',
  description:
    'ChatApp is a private messenger that you host yourself. Sign in, pick a person and start writing.',
  skip: 'Skip to conversation',
  signOut: 'Sign out',
  settings: 'Settings',
  home: 'Home',
  optional: 'optional',
  cancel: 'Cancel',
  checkFields: (count: number): string => (count === 1 ? 'Check this field:' : 'Check these fields:'),
  copy: 'Copy',
  copied: 'Copied',
  deletedAccount: 'Deleted account',
  side,
  empty,
  account,
  openId,
  recovery,
  mail,
  preferences,
  sections,
  avatar,
  security,
  passkeys,
  twoFactor,
  tokens,
  invites,
  data,
  blocked,
  report,
  admin,
  status,
  errors,
}

export type ChatText = typeof chat
export type PageText = typeof pages
