import { type FieldCode, Invalid } from '../http/errors.ts'

/**
 * Validates a name that a user gives to something; returns it as one line of at most `longest` characters.
 * @param code the error code when it is longer
 * @throws Invalid for the field `name`
 */
export function checkLabel(text: string, { longest, code }: { longest: number; code: FieldCode }): string {
  const name = text.trim().replace(/\s+/g, ' ')
  if (!name) throw new Invalid({ name: 'required' })
  if ([...name].length > longest) throw new Invalid({ name: code })
  if (!name.isWellFormed() || /[\p{Cc}\u202A-\u202E\u2066-\u2069]/u.test(name))
    throw new Invalid({ name: 'text' })
  return name
}
