const api = '/api/v1'
const segment = encodeURIComponent

/** The URLs that the chat page uses, separate so that the browser does not load all others. */
export const chatPaths = {
  home: '/',
  signIn: '/sign-in',
  signOut: '/sign-out',
  settings: '/settings',
  deleteAccount: '/settings/data/delete',
  /** The chat page with one person. A POST sends a message, as the API does. */
  chat: (username: string) => `/chat/${segment(username)}`,
  /** A POST marks the conversation as read, for browsers without JavaScript. */
  read: (username: string) => `/chat/${segment(username)}/read`,
  /** POSTs that block and unblock the person. */
  block: (username: string) => `/chat/${segment(username)}/block`,
  unblock: (username: string) => `/chat/${segment(username)}/unblock`,
  /** The form to report a message of the person. */
  report: (username: string) => `/chat/${segment(username)}/report`,
  /** The list of people, and of conversations: a part of the chat page for htmx, else the whole page. */
  people: '/people',
  conversations: '/conversations',
  /** The row of the conversation with this person, for htmx; otherwise redirects to the conversation. */
  conversationRow: (username: string) => `/conversations/${segment(username)}`,
  admin: '/admin',
  assets: '/assets',
  api: {
    session: `${api}/session`,
    /** A user's avatar; with its hash as `v`, it may be cached forever. */
    avatarOf: (username: string) => `${api}/users/${segment(username)}/avatar`,
    messages: (username: string) => `${api}/conversations/${segment(username)}/messages`,
    changes: (username: string) => `${api}/conversations/${segment(username)}/changes`,
    read: (username: string) => `${api}/conversations/${segment(username)}/read`,
    events: `${api}/events`,
  },
} as const

/** `path` with the query parameters that have a value. */
export function withQuery(path: string, query: Record<string, string | number | null | undefined>): string {
  const entries = Object.entries(query).filter(
    ([, value]) => value !== null && value !== undefined && value !== '',
  )
  const search = new URLSearchParams(entries.map(([key, value]) => [key, String(value)]))
  return search.size ? `${path}?${search}` : path
}
