import { BEARER, Invalid } from '../../http/errors.ts'

/** Does not reveal whether the username or the password is wrong. */
export class WrongCredentials extends Invalid {
  /** @param user the ID of the account whose password was wrong, for the log; null if there is none */
  constructor(readonly user: number | null = null) {
    super({ password: 'credentials' }, 401, 'The username or the password is wrong.', BEARER)
  }
}

/** A single-use link that was used, has expired, or never existed. */
export class InvalidLink extends Invalid {
  constructor() {
    super({ token: 'link' })
  }
}

/** At least one administrator must remain. */
export class LastAdmin extends Invalid {
  constructor() {
    super({ role: 'last_admin' }, 409, 'This is the only administrator.')
  }
}
