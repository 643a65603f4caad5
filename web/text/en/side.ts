import { UNREAD_LIMIT } from '../../../src/conversations/limits.ts'
import { plural } from '../plural.ts'

/** Lists of conversations and people, beside the open conversation. */
export const side = {
  label: 'Conversations and people',
  yourSettings: (name: string) => `Settings for ${name}`,
  search: 'Find people',
  searchButton: 'Search',
  conversations: 'Conversations',
  people: 'People',
  searchResults: 'Search results',
  noConversations: 'No conversations yet',
  noConversationsHint: 'Pick someone below and say hello.',
  noPeople: 'No one else is here yet',
  noPeopleHint: 'Share the address of this site so that others can sign up.',
  noMatch: (search: string) => `No results for “${search}”`,
  noMatchHint: 'Try the start of a username, or any word of a name.',
  noContacts: 'No contacts yet',
  noContactsHint: "Enter someone's whole username to find them.",
  noExactMatchHint: 'Enter the whole username. People you have a conversation with are also found by name.',
  morePeople: 'More people',
  moreConversations: 'More conversations',
  messageDeleted: 'Message deleted',
  unread: (count: number) =>
    count >= UNREAD_LIMIT
      ? `More than ${UNREAD_LIMIT - 1} unread messages`
      : plural(count, 'unread message', 'unread messages'),
  timesInUtc: 'Times are in UTC. Choose your time zone in the settings.',
  sentByYou: (body: string) => `You: ${body}`,
}

/** Shown while no conversation is open. */
export const empty = {
  title: 'Who do you want to message?',
  hint: 'Choose a conversation or a person from the list.',
}
