import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/**
 * A browser with an earlier sign-in. Strangers cannot use up its limits. It only counts for rate limits and
 * queues: it allows nothing, and its holder still needs the password.
 */
export type KnownDevice = {
  /** Random, the same for all accounts of the browser. */
  id: string
  /** The hash of the account that signed in last, the same on all of its devices. */
  account: string
  /** Whether this account has signed in or had its password reset here before. */
  knows(username: string): boolean
  /** Whether this account has signed in here before, with all of its factors. */
  hasSignedIn(username: string): boolean
}

/** Accounts that a device is known to; signing in to another one forgets the oldest. */
const MAX_ACCOUNTS = 5

/** Characters of each part: 132 bits in base64url. */
const PART = 22

/** Marks an account whose password was reset here, and which has not signed in yet. */
const RESET = '~'

/** The values of device cookies. */
export const DEVICE_FORMAT = new RegExp(
  `^[\\w-]{${PART}}(?:\\.${RESET}?[\\w-]{${PART}}){1,${MAX_ACCOUNTS}}\\.[\\w-]{${PART}}$`,
)

export type KnownDevices = ReturnType<typeof openKnownDevices>

/**
 * Device cookies (OWASP, "Slow Down Online Guessing Attacks with Device Cookies"). The value is `id.account….signature`: a
 * random ID, keyed hashes of the usernames, and a signature of all that. No username can be read from it. `~` marks an account
 * that has not signed in since its password was reset here: the holder of its mailbox may lack the second factor.
 * @param secrets the first signs; all verify, so that the secret can be rotated
 */
export function openKnownDevices(secrets: readonly string[]) {
  const parse = (cookie: string) => {
    const [id, ...accounts] = cookie.split('.') as [string, ...string[]]
    const signature = Buffer.from(accounts.pop() ?? '')
    const isSigned = secrets.some((secret) =>
      timingSafeEqual(Buffer.from(hmac(secret, signedText([id, ...accounts]))), signature),
    )
    return isSigned ? { id, accounts } : null
  }
  const isOf = (username: string, account: string) =>
    secrets.some((secret) => account === accountOf(secret, username))

  return {
    /** The device of a cookie; null unless it was signed here. */
    open(cookie: string): KnownDevice | null {
      const parsed = DEVICE_FORMAT.test(cookie) ? parse(cookie) : null
      if (!parsed) return null
      const { id, accounts } = parsed
      return {
        id,
        account: unmarked(accounts[0]!),
        knows: (username) => accounts.some((account) => isOf(username, unmarked(account))),
        hasSignedIn: (username) => accounts.some((account) => isOf(username, account)),
      }
    },
    /**
     * The cookie after a sign-in to an account, or after a reset of its password. It keeps the ID and the other accounts of the
     * previous cookie.
     */
    issue(
      username: string,
      previous = '',
      { after = 'signIn' }: { after?: 'signIn' | 'reset' } = {},
    ): string {
      const known = DEVICE_FORMAT.test(previous) ? parse(previous) : null
      const { id, accounts } = known ?? { id: randomBytes(16).toString('base64url'), accounts: [] }
      const hasSignedIn = after === 'signIn' || accounts.some((account) => isOf(username, account))
      const own = (hasSignedIn ? '' : RESET) + accountOf(secrets[0]!, username)
      const others = accounts.filter((account) => !isOf(username, unmarked(account)))
      const parts = [id, own, ...others].slice(0, 1 + MAX_ACCOUNTS)
      return [...parts, hmac(secrets[0]!, signedText(parts))].join('.')
    },
  }
}

function unmarked(account: string): string {
  return account.replace(RESET, '')
}

function signedText(parts: readonly string[]): string {
  return `cookie ${parts.join('.')}`
}

function accountOf(secret: string, username: string): string {
  return hmac(secret, `account ${username.toLowerCase()}`)
}

function hmac(secret: string, text: string): string {
  // The prefix keeps these apart from the signatures of the session tokens, which use the same secret.
  return createHmac('sha256', secret).update(`device ${text}`).digest('base64url').slice(0, PART)
}
