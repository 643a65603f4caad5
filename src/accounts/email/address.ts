import { Invalid } from '../../http/errors.ts'
import { trimTyped } from '../users/names.ts'

const MAX_LENGTH = 254

/**
 * Normalizes an email address; null when it is empty.
 * @throws Invalid when it is not a valid address
 */
export function checkEmail(text: string | undefined): string | null {
  const email = trimTyped(text ?? '').toLowerCase()
  if (!email) return null
  // The pattern of browsers (WHATWG HTML, 4.10.5.1.5), with a dot in the domain. Only a delivered mail proves more.
  const pattern =
    /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+$/
  if (email.length > MAX_LENGTH || !pattern.test(email)) throw new Invalid({ email: 'email' })
  return email
}
