import type { Text } from '../../web/text/text.ts'
import { isServerUnavailable } from '../database/mysql-errors.ts'

/** The error of one field, as the key of its text, which is shown in the viewer's language. */
export type FieldCode = keyof Text['errors']

/** An error to show to the caller. Any other error is a bug; its response is a 500 without details. */
export class AppError extends Error {
  constructor(
    readonly status: number,
    /** In English, for API clients; never contains request data. */
    readonly detail: string,
    readonly headers: Record<string, string> = {},
  ) {
    super(detail)
    this.name = new.target.name
  }
}

export class BadRequest extends AppError {
  constructor(detail: string) {
    super(400, detail)
  }
}

/** RFC 9110, 15.5.2: a 401 names an authentication scheme. */
export const BEARER = { 'www-authenticate': 'Bearer' }

export class Unauthorized extends AppError {
  constructor(detail = 'Sign in first: send the session cookie or a bearer token.') {
    super(401, detail, BEARER)
  }
}

export class Forbidden extends AppError {
  constructor(detail: string) {
    super(403, detail)
  }
}

export class CrossSite extends Forbidden {
  constructor() {
    super('The request comes from another site.')
  }
}

/** Also for resources that the caller may not see, so that the two look the same. */
export class NotFound extends AppError {
  constructor(detail = 'Not found.') {
    super(404, detail)
  }
}

/** No user has this name. */
export class UnknownPerson extends NotFound {}

/** The path exists, but not for this method. */
export class MethodNotAllowed extends AppError {
  /** @param allowed the methods of the path */
  constructor(allowed: readonly string[]) {
    super(405, 'This path does not support the method. `Allow` lists those that it supports.', {
      allow: allowed.join(', '),
    })
  }
}

export class Conflict extends AppError {
  constructor(detail: string) {
    super(409, detail)
  }
}

export class TooLarge extends AppError {
  constructor(limit: number) {
    super(413, `A request body has at most ${limit} bytes.`)
  }
}

export class UnsupportedType extends AppError {
  constructor(detail = 'Send application/json, or a form as application/x-www-form-urlencoded.') {
    super(415, detail)
  }
}

export class Invalid extends AppError {
  constructor(
    /** Error codes by field name. */
    readonly fields: Record<string, FieldCode>,
    status = 422,
    detail = 'A field is invalid.',
    headers: Record<string, string> = {},
  ) {
    super(status, detail, headers)
  }
}

export class TooManyRequests extends AppError {
  constructor(readonly seconds: number) {
    super(429, `Too many requests. Wait ${seconds} seconds.`, { 'retry-after': String(seconds) })
  }
}

export class Unavailable extends AppError {
  constructor(detail: string, seconds = 1) {
    super(503, detail, { 'retry-after': String(seconds) })
  }
}

/** The process cannot start. The message tells the operator why, in plain sentences. */
export class StartError extends Error {
  override name = 'StartError'
}

/** Error codes of the operating system, the drivers, Redis and `sqlite.ts` for a server that is unreachable or overloaded. */
const UNAVAILABLE_CODES: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'ENOTFOUND',
  'ENOTMASTER',
  'CLUSTERDOWN',
  'PROTOCOL_CONNECTION_LOST',
  'EFILEGONE',
])

/**
 * The same for errors without a code: Redis while it loads, the MySQL driver, MariaDB, SQLite while another process writes.
 * Matches only the start of a message, because the rest may contain user data.
 */
const UNAVAILABLE_MESSAGES =
  /^(?:LOADING |Queue limit reached|Can't (?:add new command when connection is|write) in closed state|Connection was killed|database is locked)/

/** Whether the database or Redis could not be reached, or takes no writes now. A retry may succeed. */
export function isConnectionError(error: unknown): boolean {
  const { code, message } = (error ?? {}) as NodeJS.ErrnoException
  return (
    UNAVAILABLE_CODES.has(code) || UNAVAILABLE_MESSAGES.test(String(message)) || isServerUnavailable(error)
  )
}

const DISK_FULL_CODES: ReadonlySet<unknown> = new Set(['ENOSPC', 'ER_DISK_FULL', 'ER_RECORD_FILE_FULL'])

/** MySQL may report the error number of the operating system (ENOSPC, 28). */
const DISK_FULL_MESSAGES =
  /^(?:database or disk is full|Got error 28 |(?:Error writing|Can't create).* \(.*(?:errno|errcode):? 28\b)/i

/** Whether the disk is full. */
export function isDiskFull(error: unknown): boolean {
  const { code, message } = (error ?? {}) as NodeJS.ErrnoException
  return DISK_FULL_CODES.has(code) || DISK_FULL_MESSAGES.test(String(message))
}
