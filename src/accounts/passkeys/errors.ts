import { BEARER, Invalid } from '../../http/errors.ts'

/** Does not reveal what is wrong. */
export class WrongPasskey extends Invalid {
  constructor() {
    super({ credential: 'passkey' }, 401, 'This passkey cannot be used to sign in.', BEARER)
  }
}
