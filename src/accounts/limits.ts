/** Characters (code points) of a password. */
export const PASSWORD_LENGTH = { least: 8, most: 200 }

/** Maximum characters of a display name. */
export const DISPLAY_NAME = 80

/** Maximum characters of a passkey's name. */
export const PASSKEY_NAME = 60

/** Maximum passkeys of one user: adding one sends the IDs of all others to the browser. */
export const MAX_PASSKEYS = 20

/** Maximum characters of an API token's name. */
export const TOKEN_NAME = 60

/** Maximum API tokens of one user. */
export const MAX_TOKENS = 50

/** Lifetime of an API token, in days. */
export const TOKEN_DAYS = { least: 1, most: 365 }

/** Maximum characters of an invite's name. */
export const INVITE_NAME = 60

/** Maximum invites of one user that can still be used. */
export const MAX_INVITES = 20

/** How many people may sign up with one invite. */
export const INVITE_USES = { least: 1, most: 100 }

/** Lifetime of an invite, in days. */
export const INVITE_DAYS = { least: 1, most: 90 }
