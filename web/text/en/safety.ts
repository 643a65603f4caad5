import { REASON_LIMIT } from '../../../src/moderation/limits.ts'

/** List of blocked people. */
export const blocked = {
  title: 'Blocked people',
  hint: "You and they can't message each other. They aren't notified, but find out if they try to write to you.",
  none: "You haven't blocked anyone.",
  unblock: 'Unblock',
}

export const report = {
  title: 'Report a message',
  back: 'Back to the conversation',
  hint: "Administrators will see this message and the ones around it. The sender isn't notified.",
  whichMessage: 'Which message?',
  earlier: 'Earlier messages',
  noMessages: (name: string) => `${name} hasn't sent you any messages.`,
  reason: 'Why are you reporting this?',
  reasonHint: `Up to ${REASON_LIMIT.toLocaleString('en')} characters.`,
  send: 'Report',
  thanks: 'Report sent. Thank you. An administrator will review it.',
  thanksHint: (name: string) =>
    `To stop messages from ${name}, open the conversation and choose More › Block.`,
}
