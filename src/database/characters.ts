import { Invalid } from '../http/errors.ts'

/**
 * Refuses text that the databases do not treat alike: SQLite ends a text at NUL, and half of a surrogate pair has no UTF-8.
 * @throws Invalid for the field
 */
export function checkCharacters(field: string, text: string): void {
  if (!text.isWellFormed() || text.includes('\0')) throw new Invalid({ [field]: 'text' })
}
