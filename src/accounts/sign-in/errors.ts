import { Invalid } from '../../http/errors.ts'

/** The code came too late, or the password was changed in the meantime. */
export class SignInExpired extends Invalid {
  constructor() {
    super({ form: 'step_expired' })
  }
}
