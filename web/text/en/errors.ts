import {
  DISPLAY_NAME,
  INVITE_DAYS,
  INVITE_NAME,
  INVITE_USES,
  MAX_INVITES,
  MAX_PASSKEYS,
  MAX_TOKENS,
  PASSKEY_NAME,
  PASSWORD_LENGTH,
  TOKEN_DAYS,
  TOKEN_NAME,
} from '../../../src/accounts/limits.ts'
import { REASON_LIMIT } from '../../../src/moderation/limits.ts'

/** Error pages, by HTTP status or by cause. */
export const status: Record<
  | 400
  | 403
  | 404
  | 413
  | 414
  | 429
  | 431
  | 500
  | 'crossSite'
  | 'unknownPerson'
  | 'signUpClosed'
  | 'inviteRequired'
  | 'invalidInvite',
  [title: string, hint: string]
> = {
  400: ["That didn't work", "The request couldn't be processed. Go back and try again."],
  403: ["You don't have access", "Your account isn't allowed to open this page."],
  404: ['Page not found', "This page doesn't exist or has moved. Check the address for typos."],
  413: [
    "That's too large",
    'ChatApp does not accept that much at once. Go back and choose a smaller file or a shorter text.',
  ],
  414: ['Address too long', 'Start from the home page instead, or shorten the address.'],
  429: ['Too many requests', 'Wait a minute, then try again.'],
  431: [
    'Too many cookies',
    "Your browser sent more cookies than ChatApp accepts; other apps at this address may have set them. Delete the cookies of this address in your browser's settings, then sign in again.",
  ],
  500: ['Something went wrong', "It's not your fault. Try again in a moment."],
  crossSite: ['Request blocked', 'It came from another site. Go back, reload the page and try again.'],
  unknownPerson: ['No such person', 'No one here has this username. Check the address for typos.'],
  signUpClosed: ['Sign-up is closed', 'Ask an administrator of this server for an account.'],
  inviteRequired: ['You need an invite', 'Ask someone who is already here for an invite, and open its link.'],
  invalidInvite: [
    'This invite no longer works',
    'It was used or revoked, has expired or is incomplete. Ask for a new one.',
  ],
}

/** What is wrong with a field, by the error code of the API. */
export const errors = {
  required: 'Fill in this field.',
  repeated: 'Send this parameter only once.',
  unknown_version: 'The conversation has no such version yet.',
  username: 'Use 3 to 32 letters (a–z), digits, dots, dashes or underscores.',
  sign_up_closed: 'Sign-up is closed. Ask an administrator for an account.',
  invite_required: 'You need an invite to create an account here.',
  invite: 'This invite no longer works. Ask for a new one.',
  invite_forbidden: "You can't invite people here.",
  invite_many: `You have ${MAX_INVITES} invites, which is the limit. Revoke one first.`,
  invite_name_long: `Use at most ${INVITE_NAME} characters.`,
  invite_uses: `Choose ${INVITE_USES.least} to ${INVITE_USES.most} people.`,
  invite_days: `Choose ${INVITE_DAYS.least} to ${INVITE_DAYS.most} days.`,
  taken: 'This username is taken. Try another.',
  username_reserved: 'This username is reserved. Try another.',
  password_short: `Use at least ${PASSWORD_LENGTH.least} characters.`,
  password_long: `Use at most ${PASSWORD_LENGTH.most} characters.`,
  password_name: "Don't use your username, name or email address as your password.",
  password_common: 'This password is too easy to guess. Try several words or a longer password.',
  email: 'Enter a valid email address.',
  email_taken: 'Another account already uses this email address.',
  passkey: "This passkey can't be used to sign in here. Use your password instead.",
  passkey_new: "Couldn't add this passkey. Start again.",
  passkey_many: `You have ${MAX_PASSKEYS} passkeys, which is the limit. Remove one first.`,
  passkey_name_long: `Use at most ${PASSKEY_NAME} characters.`,
  second_factor: 'Enter the code from your authenticator app.',
  code_wrong: 'This code is wrong or was already used.',
  step_expired: 'This sign-in has expired. Sign in again.',
  sign_in_again: 'Sign in again, then repeat this within 10 minutes.',
  openid_cancelled: 'The sign-in was cancelled.',
  openid_failed: "That sign-in didn't work. Try again.",
  openid_unavailable: "The sign-in service can't be reached. Try again later.",
  openid_taken: 'This account is already linked to another user here.',
  last_sign_in: 'This is your only way to sign in. Add another one first.',
  account_disabled: 'This account is disabled. Ask your administrator.',
  passkey_required: "A password isn't enough here. Sign in with your passkey.",
  passwords_off: "You can't use a password on this server.",
  setup_expired: 'This took too long. Start again.',
  two_factor_on: 'Two-factor authentication is already on.',
  two_factor_off: 'Two-factor authentication is off.',
  two_factor_required: 'Set up two-factor authentication or add a passkey first.',
  password_wrong: "That's not your current password.",
  link: 'This link no longer works. Request a new one.',
  display_name_long: `Use at most ${DISPLAY_NAME} characters.`,
  credentials: "That username and password don't match.",
  invalid: 'Enter a valid value.',
  unexpected: "This field isn't supported.",
  unknown_language: "This language isn't available.",
  unknown_theme: "This theme isn't available.",
  zone: 'Choose a time zone from the list.',
  block_self: "You can't block yourself.",
  report_own: "You can't report your own message.",
  reason_empty: "Tell us what's wrong with this message.",
  reason_long: `Use at most ${REASON_LIMIT.toLocaleString('en')} characters.`,
  pick_message: 'Choose a message.',
  image: 'Choose a PNG, JPEG, WebP or GIF picture.',
  image_bytes: 'Choose a picture of up to 5 MB.',
  image_pixels: 'Choose a picture of up to 32 megapixels.',
  last_admin: "You're the only administrator. Make someone else an administrator first.",
  self_disable: "You can't disable your own account.",
  nobody: 'No one has this username.',
  token_days: `Choose ${TOKEN_DAYS.least} to ${TOKEN_DAYS.most} days.`,
  token_many: `You have ${MAX_TOKENS} API tokens, which is the limit. Revoke one first.`,
  token_name_long: `Use at most ${TOKEN_NAME} characters.`,
}
