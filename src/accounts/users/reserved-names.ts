/** Words of names that speak for the service. A username of such words alone is reserved. */
const OFFICIAL = [
  'abuse',
  'admin',
  'administration',
  'administrator',
  'chatapp',
  'everybody',
  'everyone',
  'helpdesk',
  'hostmaster',
  'moderation',
  'moderator',
  'noreply',
  'official',
  'operator',
  'postmaster',
  'root',
  'security',
  'staff',
  'support',
  'sysadmin',
  'system',
  'webmaster',
]
/** Words that are reserved only next to one of those, as in `support-team`. */
const ADDED = [
  'account',
  'bot',
  'center',
  'chat',
  'contact',
  'desk',
  'help',
  'info',
  'service',
  'team',
  'the',
]
const EXACT = ['all', 'chat', 'deleted', 'help', 'here', 'mod', 'mods', 'nobody', 'notes', 'team']

/**
 * Whether a username is reserved, also in a form that a reader confuses with it: `Admin`, `ad-min`, `adm1n`, `admins`,
 * `support_team2`. Confusable letters are those of UTS 39 within the alphabet of usernames, and digits as letters.
 */
export function isReserved(username: string): boolean {
  if (EXACT_NAMES.has(skeleton(username))) return true
  // Of the digits at the end, the first ones may stand for letters: `r007`, `roo71`.
  for (let name = username; ; name = name.slice(0, -1)) {
    if (OFFICIAL_NAMES.test(skeleton(name))) return true
    if (!/\d$/.test(name)) return false
  }
}

const LETTERS: Record<string, string> = {
  0: 'o',
  1: 'l',
  3: 'e',
  4: 'a',
  5: 's',
  7: 't',
  8: 'b',
  9: 'g',
  i: 'l',
}

/** Two names with the same skeleton look alike. */
function skeleton(name: string): string {
  return name
    .toLowerCase()
    .replace(/[._-]/g, '')
    .replace(/[0134578i9]/g, (sign) => LETTERS[sign]!)
    .replaceAll('rn', 'm')
    .replaceAll('vv', 'w')
}

const EXACT_NAMES = new Set(EXACT.map(skeleton))
const anyOf = (words: string[]) => `(?:${words.map(skeleton).join('|')})s?`
const OFFICIAL_NAMES = new RegExp(
  `^(?:${anyOf(ADDED)})*${anyOf(OFFICIAL)}(?:${anyOf([...OFFICIAL, ...ADDED])})*$`,
)
