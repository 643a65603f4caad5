/** Emails. Each has a subject, opening lines, one button and closing lines. */
export const mail = {
  greeting: (name: string) => `Hi ${name},`,
  from: (origin: string) => `Sent by ChatApp at ${origin}`,
  about: {
    reset: {
      subject: 'Reset your ChatApp password',
      lines: ['We received a request to reset your password. Use this link to set a new one.'],
      action: 'Set a new password',
      after: [
        "The link works once and expires in 30 minutes. If you didn't request it, ignore this email. Your password stays the same.",
      ],
    },
    verify: {
      subject: 'Confirm your email for ChatApp',
      lines: ['Confirm this address so that you can reset your password if you forget it.'],
      action: 'Confirm email',
      after: [
        "The link works once and expires in 24 hours. If you don't have this account, ignore this email. Your address won't be used.",
      ],
    },
    emailInUse: {
      subject: 'You already have a ChatApp account',
      lines: [
        'Someone tried to add this email address to another account. It is already in use by yours, and nothing has changed.',
        'If it was you and you forgot your password, you can set a new one.',
      ],
      action: 'Set a new password',
      after: ["If it wasn't you, ignore this email."],
    },
    passwordChanged: {
      subject: 'Your ChatApp password was changed',
      lines: [
        'The password of your account was changed, and other devices were signed out. Your passkeys still work.',
      ],
      action: "Wasn't you? Set a new password",
      after: ['If you changed it, ignore this email.'],
    },
    tokenCreated: {
      subject: 'An API token was created for your ChatApp account',
      lines: ['Programs can use it to read and send messages as you, until it expires or you revoke it.'],
      action: 'Review your API tokens',
      after: [
        "If you created it, ignore this email. If you didn't, change your password. This revokes all API tokens.",
      ],
    },
    identityLinked: {
      subject: 'Another way to sign in to your ChatApp account was added',
      lines: [
        'An account of your sign-in provider was linked. It signs in to your account without a password.',
      ],
      action: 'Review how you sign in',
      after: [
        "If you linked it, ignore this email. If you didn't, unlink it, change your password and sign out everywhere else.",
      ],
    },
    identityUnlinked: {
      subject: 'A way to sign in to your ChatApp account was removed',
      lines: ['The account of your sign-in provider is no longer linked.'],
      action: 'Review how you sign in',
      after: ["If you unlinked it, ignore this email. If you didn't, change your password."],
    },
    passkeyAdded: {
      subject: 'A passkey was added to your ChatApp account',
      lines: ['It can be used to sign in to your account without a password.'],
      action: 'Review your passkeys',
      after: [
        "If you added it, ignore this email. If you didn't, remove the passkey, change your password and sign out everywhere else.",
      ],
    },
    passkeyRemoved: {
      subject: 'A passkey was removed from your ChatApp account',
      lines: ['It can no longer be used to sign in. You can also delete it from your device.'],
      action: 'Review your passkeys',
      after: ["If you removed it, ignore this email. If you didn't, change your password."],
    },
    twoFactorOn: {
      subject: 'Two-factor authentication is on',
      lines: ['Signing in to ChatApp with your password now also requires a code.'],
      action: 'Review your settings',
      after: ["If you turned it on, ignore this email. If you didn't, contact your administrator."],
    },
    twoFactorOff: {
      subject: 'Two-factor authentication is off',
      lines: ['Signing in to ChatApp with your password no longer requires a code.'],
      action: 'Review your settings',
      after: [
        'If you or your administrator turned it off, ignore this email. If not, change your password and turn it on again.',
      ],
    },
    emailChanged: {
      subject: 'Your ChatApp email address was changed',
      lines: [
        'This address was removed from your account or replaced by another one.',
        "If you didn't make this change, contact your administrator.",
      ],
      action: 'Open ChatApp',
      after: ['If you made this change, ignore this email.'],
    },
  },
}
