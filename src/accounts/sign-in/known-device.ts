import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/**
 * A browser with an earlier sign-in. Strangers cannot use up its limits. It only counts for rate limits and
 * queues: it allows nothing, and its holder still needs the password.
 */
export type KnownDevice = {
  /** Random, the same for all accounts of the browser. */
  id: string
  /** Whether this account has signed in here before. */
  knows(username: string): boolean
}

/** Accounts that a device is known to; signing in to another one forgets the oldest. */
const MAX_ACCOUNTS = 5

/** Characters of a signature: 132 bits in base64url. */
const SIGNATURE = 22

const FORMAT = new RegExp(`^[\\w-]{${SIGNATURE}}(?:\\.[\\w-]{${SIGNATURE}}){1,${MAX_ACCOUNTS + 1}}$`)

export type KnownDevices = ReturnType<typeof openKnownDevices>

/**
 * Device cookies (OWASP, "Slow Down Online Guessing Attacks with Device Cookies"). The value is `id.signature.account…`:
 * a random ID, its signature, and a signature of the ID with the username of each account. No username can be read from it.
 * @param secrets the first signs; all verify, so that the secret can be rotated
 */
export function openKnownDevices(secrets: readonly string[]) {
  const isSigned = (text: string, signature: string) =>
    secrets.some((secret) => timingSafeEqual(Buffer.from(sign(secret, text)), Buffer.from(signature)))

  return {
    /** The device of a cookie; null unless its ID was signed here. */
    open(cookie: string): KnownDevice | null {
      if (!FORMAT.test(cookie)) return null
      const [id, signature, ...accounts] = cookie.split('.') as [string, string, ...string[]]
      if (!isSigned(id, signature)) return null
      return {
        id,
        knows: (username) => accounts.some((account) => isSigned(accountText(id, username), account)),
      }
    },
    /** The cookie after a sign-in to an account. It keeps the ID and the other accounts of the previous cookie. */
    issue(username: string, previous?: string): string {
      const kept = previous !== undefined && this.open(previous) ? previous.split('.') : []
      const [id = randomBytes(16).toString('base64url'), , ...accounts] = kept
      const signed = (text: string) => sign(secrets[0]!, text)
      const account = signed(accountText(id, username))
      const others = accounts.filter((other) => other !== account)
      return [id, signed(id), account, ...others].slice(0, 2 + MAX_ACCOUNTS).join('.')
    },
  }
}

function accountText(id: string, username: string): string {
  return `${id} ${username.toLowerCase()}`
}

function sign(secret: string, text: string): string {
  // The prefix keeps these signatures apart from those of the session tokens, which use the same secret.
  return createHmac('sha256', secret).update(`device ${text}`).digest('base64url').slice(0, SIGNATURE)
}
