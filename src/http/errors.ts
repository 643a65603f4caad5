import type { Text } from '../../web/text/text.ts'
import { isServerUnavailable } from '../database/mysql-errors.ts'
import { codeOfStatus, type ProblemCode } from './problem-codes.ts'

/** The error of one field, as the key of its text, which is shown in the viewer's language. */
export type FieldCode = keyof Text['errors']

/** An error to show to the caller. Any other error is a bug; its response is a 500 without details. */
export class AppError extends Error {
  constructor(
    readonly status: number,
    /** In English, for API clients; never contains request data. */
    readonly detail: string,
    readonly headers: Record<string, string> = {},
    /** For programs; by default that of the status. */
    readonly code: ProblemCode | FieldCode = codeOfStatus(status),
  ) {
    super(detail)
    this.name = new.target.name
  }
}

export class BadRequest extends AppError {
  constructor(detail: string, code: ProblemCode = 'bad_request') {
    super(400, detail, {}, code)
  }
}

export class BadCursor extends BadRequest {
  constructor() {
    super('The cursor does not belong to this list.', 'bad_cursor')
  }
}

/** RFC 9110, 15.5.2: a 401 names an authentication scheme. */
export const BEARER = { 'www-authenticate': 'Bearer' }

export class Unauthorized extends AppError {
  constructor(
    detail = 'Sign in first: send the session cookie or a bearer token.',
    headers: Record<string, string> = BEARER,
    code: ProblemCode = 'unauthenticated',
  ) {
    super(401, detail, headers, code)
  }
}

/** The request has a bearer token that is not valid (RFC 6750, 3.1). */
export class InvalidToken extends Unauthorized {
  constructor() {
    const detail = 'The token is unknown, has expired or was revoked.'
    super(detail, bearerError('invalid_token', detail), 'invalid_token')
  }
}

/** The challenge of RFC 6750, 3. */
export function bearerError(error: 'invalid_token' | 'insufficient_scope', description: string) {
  return { 'www-authenticate': `Bearer error="${error}", error_description="${description}"` }
}

export class Forbidden extends AppError {
  constructor(detail: string, code: ProblemCode = 'forbidden', headers: Record<string, string> = {}) {
    super(403, detail, headers, code)
  }
}

export class CrossSite extends Forbidden {
  constructor() {
    super('The request comes from another site.', 'cross_site')
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
  constructor(detail: string, code: ProblemCode = 'conflict') {
    super(409, detail, {}, code)
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
    // An error of another status has one cause, which is that of its field.
    super(status, detail, headers, status === 422 ? 'invalid_fields' : Object.values(fields)[0])
  }
}

export class TooManyRequests extends AppError {
  /** @param limit its name in the header `RateLimit` */
  constructor(
    readonly seconds: number,
    limit = 'default',
  ) {
    super(429, `Too many requests. Wait ${seconds} seconds.`, {
      'retry-after': String(seconds),
      // draft-ietf-httpapi-ratelimit-headers
      ratelimit: `"${limit}";r=0;t=${seconds}`,
    })
  }
}

export class Unavailable extends AppError {
  constructor(detail: string, seconds = 1) {
    super(503, detail, { 'retry-after': String(seconds) })
  }
}

/** Whether the request was at fault. Otherwise the server failed. */
export function isClientError(error: unknown): boolean {
  return error instanceof AppError && error.status < 500
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
