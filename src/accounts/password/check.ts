import { Invalid } from '../../http/errors.ts'
import type { Deps } from '../../process/deps.ts'
import { PASSWORD_LENGTH } from '../limits.ts'
import { isMadeOfWords, wordsOf } from './guessable.ts'
import { MAX_UNITS } from './hash.ts'
import { normalizePassword } from './normalize.ts'

/** Minimum guesses to find a password: far more than the rate limits allow an attacker in years. */
const MIN_GUESSES = 1_000_000

/** Longer passwords, in bytes, are not estimated: attackers guess short ones, and estimates of long ones are slow. */
const LONG_PASSWORD = 48

/** The user who sets a password. */
type PasswordOwner = {
  username: string
  displayName?: string | null | undefined
  email?: string | null | undefined
}

/**
 * Checks a password to set. Its length is counted in code points of the normalized password.
 * @throws Invalid when the password is too short, too long, not a text or too easy to guess
 */
export async function checkPassword(
  { config }: Pick<Deps, 'config'>,
  typed: string,
  owner: PasswordOwner,
): Promise<void> {
  if (typed.length > MAX_UNITS) throw new Invalid({ password: 'password_long' })
  const password = normalizePassword(typed)
  const length = [...password].length
  if (length < PASSWORD_LENGTH.least) throw new Invalid({ password: 'password_short' })
  if (length > PASSWORD_LENGTH.most) throw new Invalid({ password: 'password_long' })
  if (!password.isWellFormed() || /\p{Cc}/u.test(password)) throw new Invalid({ password: 'text' })
  const personal = [owner.username, owner.displayName, owner.email, owner.email?.split('@')[0]].filter(
    Boolean,
  )
  const folded = password.toLowerCase()
  if (personal.some((word) => word!.normalize('NFC').toLowerCase() === folded))
    throw new Invalid({ password: 'password_name' })
  const known = [...personal, new URL(config.origin).hostname] as string[]
  if (Buffer.byteLength(password) < LONG_PASSWORD && (await isGuessable(password, known)))
    throw new Invalid({ password: 'password_common' })
}

/**
 * Estimates an attacker's guesses with zxcvbn (Wheeler, USENIX Security 2016) and its list of breached passwords. It takes
 * unknown parts as random, so passwords made of easy words are found first.
 * @param known texts about the user and the server
 */
async function isGuessable(password: string, known: readonly string[]): Promise<boolean> {
  guesser ??= loadGuesser()
  const { zxcvbn, breached } = await guesser
  const words = known.flatMap(wordsOf)
  const isCommonPassword = (word: string) => breached.has(word)
  if (isMadeOfWords(password, { words, isCommonPassword })) return true
  return zxcvbn.check(password, [...known, ...words]).guesses < MIN_GUESSES
}

/** Loaded on demand, because the list of passwords would slow down the start. */
let guesser: ReturnType<typeof loadGuesser> | undefined
async function loadGuesser() {
  const [{ ZxcvbnFactory }, { adjacencyGraphs, dictionary }] = await Promise.all([
    import('@zxcvbn-ts/core'),
    import('@zxcvbn-ts/language-common'),
  ])
  return {
    zxcvbn: new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs }),
    breached: new Set(dictionary['passwords-common'].map(String)),
  }
}
