// Every sentence that people read, in English: the shape that the other languages fill.

const plural = (count: number, one: string, other: string) => `${count} ${count === 1 ? one : other}`

/** What the conversation says: on the server, and in the browser, where every sentence has to be loaded. */
export const chat = {
  you: 'You',
  today: 'Today',
  yesterday: 'Yesterday',

  conversation: {
    label: (name: string) => `Conversation with ${name}`,
    log: (name: string) => `Messages with ${name}`,
    back: 'Back to all conversations',
    notes: 'Notes to yourself',
    notesHint: 'Only you can read what you write here. A good place for links, lists and drafts.',
    hello: (name: string) => `This is the beginning with ${name}`,
    helloHint: 'Nothing has been said yet. Write the first message below.',
    earlier: 'Earlier messages',
    later: 'Later messages',
    loading: 'Loading earlier messages …',
    earlierFailed: 'Earlier messages did not load. Try again',
    newMessages: 'New',
    newBelow: (count: number) => plural(count, 'new message', 'new messages'),
    latest: 'Go to the latest message',
    connecting: 'Connecting …',
    offline: 'You are offline. What you write is kept, and sent when you are back.',
    sending: 'Sending …',
    waiting: 'Waiting for a connection',
    sent: 'Sent',
    failed: 'Not sent.',
    again: 'Send again',
    discard: 'Discard',
    edited: 'edited',
    deleted: 'Message deleted',
    markRead: 'Mark as read',
    more: 'More',
    report: 'Report a message …',
    block: 'Block',
    unblock: 'Unblock',
    youBlocked: (name: string) => `You have blocked ${name}. Neither of you can write to the other.`,
    closed: 'This person can not be written to.',
  },

  composer: {
    label: (name: string) => `Message to ${name}`,
    notesLabel: 'A note to yourself',
    placeholder: 'Write a message',
    send: 'Send',
    counter: (left: number) => plural(left, 'character left', 'characters left'),
    tooLong: (length: string, limit: string) => `${length} characters; a message has at most ${limit}.`,
  },

  errors: {
    body_empty: 'Write something first.',
    body_long: 'A message has at most 4,000 characters.',
    too_many: (minutes: number) => `Too many attempts. Try again in ${plural(minutes, 'minute', 'minutes')}.`,
    text: 'This holds characters that cannot be stored.',
    conflict: 'This was sent before with other words.',
    undeliverable: 'This person can not be written to.',
    offline: 'No connection. It is sent again when you are back.',
    unavailable: 'The server does not answer right now.',
  },
}

/** What all the pages around it say: only the server needs it. */
export const pages = {
  product: 'ChatApp',
  skip: 'Skip to the conversation',
  signOut: 'Sign out',
  settings: 'Settings',
  home: 'Home',
  optional: 'optional',

  description:
    'ChatApp is a person-to-person message centre that you host yourself: sign in, pick a person, write.',

  side: {
    label: 'Conversations and people',
    own: (name: string) => `${name}: settings`,
    search: 'Find people',
    searchButton: 'Search',
    conversations: 'Conversations',
    people: 'People',
    found: 'People found',
    none: 'No conversations yet',
    noneHint: 'Pick somebody below and say hello.',
    nobody: 'Nobody else is here yet',
    nobodyHint: 'Invite people: tell them this address, and they can sign up.',
    noMatch: (search: string) => `No one found for “${search}”`,
    noMatchHint: 'Try the start of a username, or any word of a name.',
    morePeople: 'More people',
    moreConversations: 'More conversations',
    deleted: 'Message deleted',
    unread: (count: number) => plural(count, 'unread message', 'unread messages'),
    last: (body: string) => `You: ${body}`,
  },

  empty: {
    title: 'Who do you want to write to?',
    hint: 'Pick a conversation or a person from the list. It stays between the two of you.',
  },

  account: {
    tagline: 'Just the two of you.',
    pitch: 'Pick a person, write, and it is there. No feeds, no channels, on a server that is yours.',
    signIn: 'Sign in',
    signInLead: 'Good to see you again.',
    signUp: 'Create an account',
    signUpLead: 'A username and a password are enough.',
    toSignUp: 'New here?',
    toSignIn: 'Have an account?',
    username: 'Username',
    usernameHint: '3 to 32 letters, digits, dots, dashes or underscores',
    displayName: 'Name',
    displayNameHint: 'What others see. Your username, when left empty.',
    email: 'Email',
    emailHint: 'Only for getting back in. Nobody else sees it.',
    forgot: 'Forgot your password?',
    passwordIsNew: 'Your password is changed. Sign in with it.',
    password: 'Password',
    passwordHint: 'At least 8 characters',
    chatAbout: ['Lunch at noon?', 'On my way!', 'The usual place 🌿'],
  },

  recovery: {
    forgot: 'Forgot your password?',
    forgotLead: 'We mail you a link that lets you choose a new one.',
    address: 'The email address of your account',
    send: 'Send the link',
    sent: 'Look into your mailbox',
    sentLead:
      'If an account has this address, a link is on its way there. It works for 30 minutes. Look among the spam, too.',
    noAddress: 'Your account has no email address? Whoever runs this server can make a link for you.',
    again: 'Ask for another link',
    backToSignIn: 'Back to sign-in',
    reset: 'Choose a new password',
    resetLead: 'You are signed out everywhere, and sign in with the new one.',
    newPassword: 'New password',
    change: 'Change the password',
    verify: 'Is this your address?',
    verifyLead: (email: string, username: string) => `${email} will lead back into the account @${username}.`,
    verifyButton: 'Yes, use this address',
    verified: 'Your address is verified',
    verifiedLead: 'Should you forget your password, a link comes to this address.',
    invalid: 'This link does not work any more',
    invalidLead: 'It was used before, it is too old, or something is missing at its end.',
  },

  mail: {
    greeting: (username: string) => `Hello ${username},`,
    from: (origin: string) => `ChatApp at ${origin}`,
    about: {
      reset: {
        subject: 'Choose a new password',
        lines: [
          'Somebody, most likely you, forgot the password of your account. This link lets you choose a new one.',
        ],
        action: 'Choose a new password',
        after: [
          'The link works once, for 30 minutes. If you did not ask for it, there is nothing to do: your password stays as it is.',
        ],
      },
      verify: {
        subject: 'Is this your address?',
        lines: [
          'Your account wants to use this email address, so that a forgotten password can be replaced. Please say that it is yours.',
        ],
        action: 'Yes, it is mine',
        after: [
          'The link works once, for a day. If you have no such account, do nothing: the address stays unused.',
        ],
      },
      known: {
        subject: 'You have an account already',
        lines: [
          'Somebody, perhaps you, wanted to use this email address for another account. It belongs to yours already, and that stays so.',
          'If it was you and you forgot your password, choose a new one.',
        ],
        action: 'Choose a new password',
        after: ['If it was not you, there is nothing to do.'],
      },
      passwordChanged: {
        subject: 'Your password was changed',
        lines: ['The password of your account was changed a moment ago, and everybody was signed out of it.'],
        action: 'It was not me: choose a new password',
        after: ['If it was you, there is nothing to do.'],
      },
      emailChanged: {
        subject: 'Your email address was changed',
        lines: [
          'Your account does not use this email address any more: somebody who knows its password removed or replaced it.',
          'If it was not you, tell whoever runs this server.',
        ],
        action: 'Open ChatApp',
        after: ['If it was you, there is nothing to do.'],
      },
    },
  },

  preferences: {
    email: 'Email',
    emailHint:
      'A link to this address replaces a forgotten password. Nobody else sees it. Leave it empty to go without.',
    emailPending: (email: string) =>
      `A link is on its way to ${email}. The address counts once you opened it.`,
    emailPassword: 'Your password',
    emailSave: 'Change the address',
    profile: 'Profile',
    reading: 'Language and looks',
    language: 'Language',
    languageAuto: 'Automatic, as the browser asks',
    theme: 'Theme',
    themeAuto: 'System',
    themeLight: 'Light',
    themeDark: 'Dark',
    zone: 'Time zone',
    zoneAuto: 'Automatic, as this device says',
    save: 'Save',
    saved: 'Saved.',
    back: 'Back to your conversations',
    toSettings: 'Back to the settings',
    blocked: 'Blocked people',
    session: 'This browser',
    sessionHint: 'Signing out ends the session here. Your other devices stay signed in.',
  },

  blocked: {
    title: 'Blocked people',
    hint: 'You and they can not write to each other. They are not told.',
    none: 'You have blocked nobody.',
    unblock: 'Unblock',
  },

  report: {
    title: 'Report a message',
    back: 'Back to the conversation',
    hint: 'The administrators then see this message and the ones around it. The sender is not told.',
    which: 'Which message?',
    earlier: 'Earlier messages',
    none: (name: string) => `${name} has not written to you.`,
    reason: 'What is wrong with it?',
    reasonHint: 'At most 1,000 characters.',
    send: 'Report',
    thanks: 'Thank you. The administrators have been told.',
    thanksHint: (name: string) =>
      `If you want to hear nothing more from ${name}, block them in the conversation.`,
  },

  status: {
    403: [
      'That is not allowed',
      'You may not see this, or the page was open for too long. Go back and try once more.',
    ],
    404: ['Nothing here', 'The page is gone, or the address has a slip of the pen in it.'],
    429: ['A little slower, please', 'That was a lot at once. Wait a minute, then try again.'],
    500: [
      'Something broke on our side',
      'It is not your fault, and nothing you sent before is lost. Try again in a moment.',
    ],
  } as Record<403 | 404 | 429 | 500, [title: string, hint: string]>,

  errors: {
    required: 'Please fill this in.',
    username: 'Use 3 to 32 letters, digits, dots, dashes or underscores.',
    taken: 'This username is taken. Try another.',
    password_short: 'Use at least 8 characters.',
    password_long: 'Use at most 200 characters.',
    password_name: 'The password must differ from your names and your address.',
    password_common: 'This password is too easy to guess. Use several words, or a longer one.',
    email: 'This does not look like an email address.',
    email_taken: 'Another account has this email address.',
    password_wrong: 'This is not your password.',
    link: 'This link does not work any more. Ask for a new one.',
    display_name_long: 'Use at most 80 characters.',
    credentials: 'The username or the password is wrong.',
    invalid: 'This is not of the form that is expected.',
    unexpected: 'This field is not known.',
    unknown_language: 'This language is not available.',
    unknown_theme: 'This theme is not available.',
    zone: 'This time zone is not known.',
    block_self: 'You can not block yourself.',
    report_own: 'This message is your own.',
    reason_empty: 'Say what is wrong with it.',
    reason_long: 'Use at most 1,000 characters.',
    pick_message: 'Pick a message.',
  },
}

export type ChatText = typeof chat
export type PageText = typeof pages
