import { BEARER, Invalid } from '../../http/errors.ts'

/** Does not reveal what is wrong. */
export class WrongPasskey extends Invalid {
  /** @param user the ID of the account whose passkey was refused, for the log; null if there is none */
  constructor(readonly user: number | null = null) {
    super({ credential: 'passkey' }, 401, 'This passkey cannot be used to sign in.', BEARER)
  }
}
