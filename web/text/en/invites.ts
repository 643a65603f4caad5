import { plural } from '../plural.ts'

/** Inviting people. */
export const invites = {
  title: 'Invite people',
  hint: "An invite is a link for creating an account here. You then appear in each other's conversations.",
  forbidden: 'Only administrators can invite people here.',
  name: 'Who is it for?',
  nameHint: 'Only you and administrators see it.',
  uses: 'How many people may use it?',
  people: (count: number) => plural(count, 'person', 'people'),
  expiry: 'Expires after',
  dayCount: (days: number) => plural(days, 'day', 'days'),
  create: 'Create invite',
  created: "Invite created. Send the link, or let people scan the code. It won't be shown again.",
  link: 'Invite link',
  qr: 'QR code with the invite link',
  list: 'Your invites',
  none: 'No open invites.',
  unnamed: (id: string) => `Invite ${id}`,
  createdAt: (time: string) => `Created ${time}`,
  used: (used: number, uses: number) => `Used by ${used} of ${plural(uses, 'person', 'people')}`,
  expiresAt: (time: string) => `Expires ${time}`,
  revoke: 'Revoke',
  revoked: 'Invite revoked.',
  more: 'More',
  invited: 'People who joined with your invites',
  /** The page behind the link. */
  from: 'invites you to chat here.',
  /** A row of the conversations, before the first message. */
  sayHello: 'Say hello 👋',
}
