import { Invalid } from '../../http/errors.ts'

const MAX_LENGTH = 254

/**
 * The one spelling of an email address; null for none.
 * @throws Invalid when no mail can go there
 */
export function checkEmail(text: string | undefined): string | null {
  const email = (text ?? '').trim().toLowerCase()
  if (!email) return null
  // What browsers accept (WHATWG HTML, 4.10.5.1.5), with a dot in the domain: only a mail that arrives proves more.
  const form =
    /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+$/
  if (email.length > MAX_LENGTH || !form.test(email)) throw new Invalid({ email: 'email' })
  return email
}
