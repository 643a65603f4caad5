/** Every URL of ChatApp, shared by server, browser and tests. */
const api = '/api/v1'
const segment = encodeURIComponent

export const paths = {
  home: '/',
  signIn: '/sign-in',
  /** A POST signs in with the code that follows the password. */
  codeSignIn: '/sign-in/code',
  /** A POST signs in with what a passkey answered. */
  passkeySignIn: '/sign-in/passkey',
  signUp: '/sign-up',
  signOut: '/sign-out',
  forgotPassword: '/forgot-password',
  resetPassword: '/reset-password',
  verifyEmail: '/verify-email',
  settings: '/settings',
  /** A POST changes the email address. */
  emailSettings: '/settings/email',
  blocked: '/settings/blocked',
  /** A POST takes a picture. */
  avatarSettings: '/settings/avatar',
  removeAvatar: '/settings/avatar/remove',
  security: '/settings/security',
  changePassword: '/settings/security/password',
  endSessions: '/settings/security/sessions/end',
  endSession: (id: string) => `/settings/security/sessions/${segment(id)}/end`,
  tokens: '/settings/tokens',
  revokeToken: (id: string) => `/settings/tokens/${segment(id)}/revoke`,
  passkeys: '/settings/passkeys',
  /** A POST proves the password; the page that comes makes the passkey. */
  beginPasskey: '/settings/passkeys/new',
  /** Where one is renamed, by a POST, or removed. */
  passkey: (id: string) => `/settings/passkeys/${segment(id)}`,
  removePasskey: (id: string) => `/settings/passkeys/${segment(id)}/remove`,
  /** A POST confirms it with a first code. */
  twoFactor: '/settings/two-factor',
  beginTwoFactor: '/settings/two-factor/new',
  /** A POST makes new recovery codes, or switches it off. */
  changeTwoFactor: '/settings/two-factor/change',
  ownData: '/settings/data',
  /** Downloads. */
  exportHtml: '/settings/data/chatapp.html',
  exportJson: '/settings/data/chatapp.json',
  deleteAccount: '/settings/data/delete',
  /** The chat page with one person. A POST sends a message, as the API does. */
  chat: (username: string) => `/chat/${segment(username)}`,
  /** A POST marks the conversation as read, for people without JavaScript. */
  read: (username: string) => `/chat/${segment(username)}/read`,
  /** POSTs that stop somebody from writing to me, and let them again. */
  block: (username: string) => `/chat/${segment(username)}/block`,
  unblock: (username: string) => `/chat/${segment(username)}/unblock`,
  /** Where one picks a message of somebody and says why the administrators should look at it. */
  report: (username: string) => `/chat/${segment(username)}/report`,
  /** The list of people, and of conversations: a part of the chat page for htmx, else the whole page. */
  people: '/people',
  conversations: '/conversations',
  /** The row of the list of conversations with this person; without htmx it leads to the conversation. */
  conversationRow: (username: string) => `/conversations/${segment(username)}`,
  admin: '/admin',
  /** A POST does something to the users that were ticked. */
  /** A POST changes the user; so do those below it. */
  /** A POST decides. */
  assets: '/assets',
  docs: '/docs',
  openapi: '/openapi.json',
  live: '/health/live',
  ready: '/health/ready',
  api: {
    root: api,
    users: `${api}/users`,
    user: (username: string) => `${api}/users/${segment(username)}`,
    session: `${api}/session`,
    /** Signing in with a passkey, and what it is to be asked. */
    passkeySession: `${api}/session/passkey`,
    passkeyRequest: `${api}/session/passkey/options`,
    passwordResets: `${api}/password-resets`,
    passwordResetCompletion: `${api}/password-resets/completion`,
    email: `${api}/email`,
    emailVerification: `${api}/email/verification`,
    settings: `${api}/settings`,
    avatar: `${api}/avatar`,
    /** Somebody's picture; `v` is its hash, with which it may be kept for good. */
    avatarOf: (username: string) => `${api}/users/${segment(username)}/avatar`,
    password: `${api}/password`,
    sessions: `${api}/sessions`,
    sessionOf: (id: string) => `${api}/sessions/${segment(id)}`,
    tokens: `${api}/tokens`,
    token: (id: string) => `${api}/tokens/${segment(id)}`,
    passkeys: `${api}/passkeys`,
    /** What a passkey is to be made with. */
    passkeyCreation: `${api}/passkeys/options`,
    passkey: (id: string) => `${api}/passkeys/${segment(id)}`,
    passkeyRemoval: (id: string) => `${api}/passkeys/${segment(id)}/removal`,
    twoFactor: `${api}/two-factor`,
    twoFactorSetup: `${api}/two-factor/setup`,
    recoveryCodes: `${api}/two-factor/recovery-codes`,
    twoFactorRemoval: `${api}/two-factor/removal`,
    export: `${api}/export`,
    accountDeletion: `${api}/account/deletion`,
    conversations: `${api}/conversations`,
    conversation: (username: string) => `${api}/conversations/${segment(username)}`,
    messages: (username: string) => `${api}/conversations/${segment(username)}/messages`,
    changes: (username: string) => `${api}/conversations/${segment(username)}/changes`,
    read: (username: string) => `${api}/conversations/${segment(username)}/read`,
    blocks: `${api}/blocks`,
    block: (username: string) => `${api}/blocks/${segment(username)}`,
    reports: (message: string) => `${api}/messages/${segment(message)}/reports`,
    message: (id: string) => `${api}/messages/${segment(id)}`,
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
