import { chatPaths } from './chat/paths.ts'

export { withQuery } from './chat/paths.ts'

const api = '/api/v1'
const segment = encodeURIComponent

/** Every URL of ChatApp, for the server and the tests. */
export const paths = {
  ...chatPaths,
  /** A POST signs in with the code that follows the password. */
  codeSignIn: '/sign-in/code',
  /** A POST signs in with what a passkey answered. */
  passkeySignIn: '/sign-in/passkey',
  signUp: '/sign-up',
  forgotPassword: '/forgot-password',
  resetPassword: '/reset-password',
  verifyEmail: '/verify-email',
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
  docs: '/docs',
  openapi: '/openapi.json',
  live: '/health/live',
  ready: '/health/ready',
  api: {
    ...chatPaths.api,
    root: api,
    users: `${api}/users`,
    user: (username: string) => `${api}/users/${segment(username)}`,
    /** Signing in with a passkey, and what it is to be asked. */
    passkeySession: `${api}/session/passkey`,
    passkeyRequest: `${api}/session/passkey/options`,
    passwordResets: `${api}/password-resets`,
    passwordResetCompletion: `${api}/password-resets/completion`,
    email: `${api}/email`,
    emailVerification: `${api}/email/verification`,
    settings: `${api}/settings`,
    avatar: `${api}/avatar`,
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
    blocks: `${api}/blocks`,
    block: (username: string) => `${api}/blocks/${segment(username)}`,
    reports: (message: string) => `${api}/messages/${segment(message)}/reports`,
    message: (id: string) => `${api}/messages/${segment(id)}`,
  },
} as const
