import { BODY_LIMIT } from '../../../src/messages/limits.ts'
import { plural } from '../plural.ts'

/** Texts of the open conversation. The browser loads these as well, so this file holds nothing else. */
export const chat = {
  language: 'en',
  you: 'You',
  today: 'Today',
  yesterday: 'Yesterday',

  conversation: {
    label: (name: string) => `Conversation with ${name}`,
    log: (name: string) => `Messages with ${name}`,
    back: 'Back to conversations',
    notes: 'Notes to yourself',
    notesHint: 'Only you can see these notes. Use them for links, lists and drafts.',
    startTitle: (name: string) => `This is the start of your conversation with ${name}`,
    startHint: 'No messages yet. Say hello!',
    earlier: 'Earlier messages',
    later: 'Later messages',
    loadingEarlier: 'Loading earlier messages…',
    earlierFailed: "Couldn't load earlier messages. Try again",
    newDivider: 'New',
    newCount: (count: number) => plural(count, 'new message', 'new messages'),
    toLatest: 'Go to the latest message',
    connecting: 'Connecting…',
    offline: "You're offline. Your messages will be sent when you're back.",
    sending: 'Sending…',
    waiting: 'Waiting for connection',
    sent: 'Sent',
    failed: 'Not sent.',
    retry: 'Try again',
    discard: 'Discard',
    edited: 'edited',
    messageDeleted: 'Message deleted',
    markRead: 'Mark as read',
    more: 'More',
    report: 'Report a message…',
    block: 'Block',
    unblock: 'Unblock',
    blockedByYou: (name: string) => `You blocked ${name}. Unblock to send messages.`,
    cannotMessage: "You can't message this person.",
    accountDeleted: 'This account was deleted. You can still read your conversation.',
  },

  composer: {
    label: (name: string) => `Message to ${name}`,
    notesLabel: 'Note to yourself',
    placeholder: 'Write a message',
    send: 'Send',
    counter: (left: number) => plural(left, 'character left', 'characters left'),
    tooLong: (length: string, limit: string) =>
      `Your message has ${length} characters. The limit is ${limit}.`,
  },

  errors: {
    body_empty: 'Write a message first.',
    invisible: 'This has no visible characters.',
    text_quota:
      'Your messages use all the space that you have on this server; a new account has little in its first week. Ask an administrator.',
    body_long: `Use at most ${BODY_LIMIT.toLocaleString('en')} characters.`,
    too_many: (minutes: number) => `Too many attempts. Try again in ${plural(minutes, 'minute', 'minutes')}.`,
    text: "This contains characters that can't be saved. Remove them and try again.",
    conflict: 'A different message was already sent in its place.',
    undeliverable: "You can't message this person.",
    rejected: 'The server rejected this message. Reload the page and try again.',
  },
}
