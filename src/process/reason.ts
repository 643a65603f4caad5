/**
 * Describes an error for the log, in one line. Messages of the database and of the ORM contain values of the statement, such as the
 * text of a message in a duplicate key, so only their name and codes are used.
 */
export function reasonOf(error: unknown): string {
  if (!isDatabaseError(error)) return String(error).split(', with args')[0]!
  const { name, code, errno, sqlState, errstr } = error
  return [name, code, errno, sqlState, errstr].filter((part) => part !== undefined).join(' ')
}

/** Whether it is an error of a database driver, or one that the ORM made of it. */
export function isDatabaseError(error: unknown): error is Error & Partial<Record<Code, unknown>> {
  return error instanceof Error && CODES.some((code) => code in error)
}

/** Properties of the errors of mysql2 and node:sqlite, which the ORM copies to its own. */
const CODES = ['sqlState', 'sqlMessage', 'errcode', 'errstr'] as const
type Code = (typeof CODES)[number] | 'code' | 'errno'
