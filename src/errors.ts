import type { Text } from '../web/text.ts'

/** What is wrong with one field, by the name of its sentence: each reader gets it in their language. */
export type FieldCode = keyof Text['errors']

/** Something that the caller can be told. Everything else that is thrown is a bug, and answered as 500 without a word of it. */
export class AppError extends Error {
  constructor(
    readonly status: number,
    /** In English, for API clients; says nothing of what was sent. */
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

/** RFC 9110, 15.5.2: a 401 says how to do better. */
const BEARER = { 'www-authenticate': 'Bearer' }

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

/** Also for what exists and is none of the caller's business: the two look the same. */
export class NotFound extends AppError {
  constructor(detail = 'There is nothing here.') {
    super(404, detail)
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
    /** What is wrong, by the name of the field. */
    readonly fields: Record<string, FieldCode>,
    status = 422,
    detail = 'A field cannot be accepted.',
    headers: Record<string, string> = {},
  ) {
    super(status, detail, headers)
  }
}

/** Blocked, blocking, or gone: which it is, is not told. */
export class Undeliverable extends Invalid {
  constructor() {
    super({ body: 'undeliverable' }, 403, 'This person cannot be written to.')
  }
}

/** Whether the name or the password is wrong is not told. */
export class WrongCredentials extends Invalid {
  constructor() {
    super({ password: 'credentials' }, 401, 'The username or the password is wrong.', BEARER)
  }
}

/** What of it is wrong is not told. */
export class WrongPasskey extends Invalid {
  constructor() {
    super({ credential: 'passkey' }, 401, 'This passkey does not sign anybody in.', BEARER)
  }
}

/** The password was right, and is not enough. */
export class CodeRequired extends Invalid {
  constructor(
    /** Whose code it takes. */
    readonly user: number,
  ) {
    super(
      { code: 'second_factor' },
      401,
      'The password is right. Send the code of the second step, too.',
      BEARER,
    )
  }
}

/** Neither the code of the app now, nor a recovery code that is left; or it was used before. */
export class WrongCode extends Invalid {
  constructor() {
    super({ code: 'code_wrong' }, 401, 'The code is wrong, or was used before.', BEARER)
  }
}

/** Between password and code went too much time, or another password. */
export class StepExpired extends Invalid {
  constructor() {
    super({ form: 'step_expired' })
  }
}

export class SecondStepOn extends Invalid {
  constructor() {
    super({ form: 'two_factor_on' }, 409, 'The second step is on already.')
  }
}

export class SecondStepOff extends Invalid {
  constructor() {
    super({ form: 'two_factor_off' }, 409, 'The second step is off.')
  }
}

/** Somebody has to be left who can make others administrators. */
export class LastAdmin extends Invalid {
  constructor() {
    super({ role: 'last_admin' }, 409, 'This is the only administrator.')
  }
}

/** Who keeps themselves out could not undo it. */
export class SelfDisabling extends Invalid {
  constructor() {
    super({ disabled: 'self_disable' }, 409, 'You cannot disable your own account.')
  }
}

/** A single-use link that was used, is too old, or never was. */
export class DeadLink extends Invalid {
  constructor() {
    super({ token: 'link' })
  }
}

export class TooMany extends AppError {
  constructor(readonly seconds: number) {
    super(429, `Too many requests. Wait ${seconds} seconds.`, { 'retry-after': String(seconds) })
  }
}

export class Unavailable extends AppError {
  constructor(detail: string, seconds = 1) {
    super(503, detail, { 'retry-after': String(seconds) })
  }
}

/** It can't start, and the operator can do something about it: one plain sentence. */
export class StartError extends Error {
  override name = 'StartError'
}

/** Codes of the system, the drivers and MySQL when nobody is there, or nobody who has time. */
const AWAY: ReadonlySet<unknown> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'ENOTFOUND',
  'PROTOCOL_CONNECTION_LOST',
  'ER_CON_COUNT_ERROR',
  'ER_SERVER_SHUTDOWN',
  'ER_QUERY_INTERRUPTED',
])

/**
 * The same where there is no code: Redis while it loads, the driver of MySQL, MariaDB, SQLite while another process writes.
 * From its first letter: further on, a text may repeat what somebody wrote.
 */
const SAYS_AWAY =
  /^(?:LOADING |Queue limit reached|Can't (?:add new command when connection is|write) in closed state|Connection was killed|database is locked)/

/** Whether the database or Redis could not be reached: it may be there in a moment. */
export function isAway(error: unknown): boolean {
  const { code, message } = (error ?? {}) as NodeJS.ErrnoException
  return AWAY.has(code) || SAYS_AWAY.test(String(message))
}

const FULL: ReadonlySet<unknown> = new Set(['ENOSPC', 'ER_DISK_FULL', 'ER_RECORD_FILE_FULL'])

/** MySQL may give the number that the system gave (ENOSPC, 28). */
const SAYS_FULL =
  /^(?:database or disk is full|Got error 28 |(?:Error writing|Can't create).* \(.*(?:errno|errcode):? 28\b)/i

/** Whether there is no room left to store anything. */
export function isFull(error: unknown): boolean {
  const { code, message } = (error ?? {}) as NodeJS.ErrnoException
  return FULL.has(code) || SAYS_FULL.test(String(message))
}
