/** Profile settings. */
export const preferences = {
  email: 'Email',
  emailHint: 'For resetting your password. Only you and administrators see it. Leave empty to remove it.',
  emailPending: (email: string) => `We sent a link to ${email}. Open it to confirm the new address.`,
  emailSave: 'Change email',
  profile: 'Profile',
  appearance: 'Language and appearance',
  language: 'Language',
  languageAuto: 'Automatic (browser language)',
  theme: 'Theme',
  themeAuto: 'System',
  themeLight: 'Light',
  themeDark: 'Dark',
  timeZone: 'Time zone',
  timeZoneAuto: 'Automatic (this device)',
  save: 'Save',
  saved: 'Changes saved.',
  back: 'Back to conversations',
  thisBrowser: 'This browser',
  thisBrowserHint: 'You will be signed out in this browser only.',
}

/** Tabs of the settings. */
export const sections = {
  label: 'Settings sections',
  profile: 'Profile',
  security: 'Security',
  passkeys: 'Passkeys',
  twoFactor: 'Two-factor',
  tokens: 'API tokens',
  invites: 'Invites',
  data: 'Your data',
  blocked: 'Blocked',
}

export const avatar = {
  title: 'Picture',
  choose: 'Choose a picture',
  hint: 'PNG, JPEG, WebP or GIF, up to 5 MB. Everyone here can see it. It is cropped to a circle.',
  save: 'Upload picture',
  remove: 'Remove picture',
  saved: 'Picture updated. Everyone here can see it.',
  removed: 'Picture removed.',
}

export const data = {
  title: 'Your data',
  download: 'Download your data',
  downloadHint:
    'Includes your account, sessions, passkeys, API tokens, invites, blocked people, reports and all messages in your conversations.',
  html: 'For reading (HTML)',
  json: 'For programs (JSON)',
  deleteAccount: 'Delete your account',
  deleteHint: [
    'Your name, email, picture, notes and settings are permanently deleted right away. Download what you want to keep first.',
    'People you messaged keep their conversations, with “Deleted account” in place of your name. Your username is never given to anyone else.',
  ],
  deleteButton: 'Permanently delete my account',
  exported: (time: string) => `Exported ${time}`,
  conversations: 'Conversations',
  reports: 'Messages you reported',
  joined: (time: string) => `Joined ${time}`,
  email: (email: string) => `Email: ${email}`,
  none: 'None.',
}
