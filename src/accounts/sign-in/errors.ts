import { Invalid } from '../../http/errors.ts'

/** The code came too late, or the password was changed in the meantime. */
export class SignInExpired extends Invalid {
  constructor() {
    super({ form: 'step_expired' })
  }
}

/** Only the OpenID Connect provider and passkeys sign in. */
export class PasswordsOff extends Invalid {
  constructor() {
    super({ form: 'passwords_off' }, 403, 'This server has no passwords.')
  }
}
