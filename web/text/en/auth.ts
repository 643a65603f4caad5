import { PASSWORD_LENGTH } from '../../../src/accounts/limits.ts'

/** Sign-in and sign-up. */
export const account = {
  tagline: 'Just the two of you.',
  pitch: 'Pick a person and start writing. No feeds, no channels, on a server you control.',
  signIn: 'Sign in',
  signInLead: 'Welcome back.',
  signUp: 'Create an account',
  signUpLead: 'All you need is a username and a password.',
  newHere: 'New here?',
  haveAccount: 'Already have an account?',
  username: 'Username',
  usernameHint: '3 to 32 letters (a–z), digits, dots, dashes or underscores',
  displayName: 'Name',
  displayNameHint: 'Shown to others. Leave empty to use your username.',
  email: 'Email',
  emailHint:
    "For resetting your password. Only you and administrators see it. We'll email you a link to confirm it.",
  forgot: 'Forgot your password?',
  passwordReset: 'Password changed. Sign in with your new password.',
  accountDeleted: 'Your account was deleted.',
  password: 'Password',
  currentPassword: 'Current password',
  passwordHint: `At least ${PASSWORD_LENGTH.least} characters`,
  sampleMessages: ['Lunch at noon?', 'On my way!', 'The usual place 🌿'],
}

/** Resetting a password and confirming an email address. */
export const recovery = {
  forgot: 'Forgot your password?',
  forgotLead: "We'll email you a link to set a new password.",
  address: 'Email address of your account',
  send: 'Send link',
  sent: 'Check your email',
  sentLead:
    "If an account uses this address, we've sent it a link that works for 30 minutes. Can't find it? Check your spam folder.",
  noAddress: 'No email on your account? Ask your administrator for a reset link.',
  requestNewLink: 'Request a new link',
  backToSignIn: 'Back to sign-in',
  reset: 'Set a new password',
  resetLead: "You'll be signed out everywhere. Sign in again with your new password.",
  newPassword: 'New password',
  change: 'Change password',
  verify: 'Confirm your email',
  verifyLead: (email: string, username: string) => `Use ${email} to reset the password of @${username}?`,
  verifyButton: 'Confirm email',
  verified: 'Email confirmed',
  verifiedLead: "If you forget your password, we'll send a reset link to this address.",
  invalid: 'This link no longer works',
  invalidLead: 'It was already used, has expired or is incomplete. Request a new one.',
}

/** Signing in with an OpenID Connect provider; `name` is the provider's. */
export const openId = {
  signIn: (name: string) => `Sign in with ${name}`,
  continue: (name: string) => `Continue with ${name}`,
  signUpLead: (name: string) => `${name} signs you in. Choose the username that others see.`,
  haveAccount: 'Already have an account? Sign in, and link it in your settings.',
  title: (name: string) => `Sign-in with ${name}`,
  manage: (name: string) => `Sign in with ${name} instead of your password.`,
  change: 'Change',
  linkLead: (name: string) =>
    `Link your ${name} account to sign in with it. You'll be asked to sign in there.`,
  isLinked: (name: string) => `Your ${name} account signs you in.`,
  link: (name: string) => `Link ${name}`,
  unlink: (name: string) => `Unlink ${name}`,
  linked: (name: string) => `${name} now signs you in.`,
  unlinked: (name: string) => `${name} no longer signs you in.`,
  back: 'Back to security',
  confirm: 'To change this, you must have signed in within the last 10 minutes.',
  again: 'Sign in again',
}
