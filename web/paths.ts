import { chatPaths } from './chat/paths.ts'

export { withQuery } from './chat/paths.ts'

const api = '/api/v1'
const segment = encodeURIComponent

/** Every URL of ChatApp, for the server and the tests. */
export const paths = {
  ...chatPaths,
  /** A POST signs in with the code that follows the password. */
  codeSignIn: '/sign-in/code',
  /** A POST signs in with the response of a passkey. */
  passkeySignIn: '/sign-in/passkey',
  /** Redirects to the OpenID Connect provider. */
  openIdSignIn: '/sign-in/openid',
  /** The provider redirects here. */
  openIdCallback: '/sign-in/openid/callback',
  signUp: '/sign-up',
  /** The username for a new account of the provider's user. */
  openIdSignUp: '/sign-up/openid',
  /** The page behind an invite; a POST signs up with it. */
  invite: '/invite',
  forgotPassword: '/forgot-password',
  resetPassword: '/reset-password',
  verifyEmail: '/verify-email',
  /** A POST changes the email address. */
  emailSettings: '/settings/email',
  blocked: '/settings/blocked',
  /** A POST uploads an avatar. */
  avatarSettings: '/settings/avatar',
  removeAvatar: '/settings/avatar/remove',
  security: '/settings/security',
  changePassword: '/settings/security/password',
  /** A POST confirms the password and redirects to the provider. */
  openIdSettings: '/settings/security/openid',
  unlinkOpenId: '/settings/security/openid/remove',
  endSessions: '/settings/security/sessions/end',
  endSession: (id: string) => `/settings/security/sessions/${segment(id)}/end`,
  tokens: '/settings/tokens',
  revokeToken: (id: string) => `/settings/tokens/${segment(id)}/revoke`,
  invites: '/settings/invites',
  revokeInvite: (id: string) => `/settings/invites/${segment(id)}/revoke`,
  passkeys: '/settings/passkeys',
  /** A POST confirms the password; the page in the response creates the passkey. */
  beginPasskey: '/settings/passkeys/new',
  /** The page of a passkey; a POST renames it. */
  passkey: (id: string) => `/settings/passkeys/${segment(id)}`,
  removePasskey: (id: string) => `/settings/passkeys/${segment(id)}/remove`,
  /** A POST turns it on with a first code. */
  twoFactor: '/settings/two-factor',
  beginTwoFactor: '/settings/two-factor/new',
  /** A POST creates new recovery codes or turns it off. */
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
    /** Signing in with a passkey, and its request options. */
    passkeySession: `${api}/session/passkey`,
    passkeyRequest: `${api}/session/passkey/options`,
    /** The OpenID Connect provider ends sessions. */
    openIdLogout: `${api}/openid/logout`,
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
    invites: `${api}/invites`,
    invite: (id: string) => `${api}/invites/${segment(id)}`,
    passkeys: `${api}/passkeys`,
    /** Creation options. */
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
