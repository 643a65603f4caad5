import { Invalid } from '../../http/errors.ts'
import type { Deps } from '../../process/deps.ts'

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

/** @throws PasswordsOff when nobody can sign in with a password */
export function checkPasswordsOn({ config }: Pick<Deps, 'config'>): void {
  if (!config.passwords) throw new PasswordsOff()
}

/** The operator has closed the sign-up: only administrators add accounts. */
export class SignUpClosed extends Invalid {
  constructor() {
    super({ form: 'sign_up_closed' }, 403, 'Sign-up is closed on this server.')
  }
}

/** People sign up with an invite only. */
export class InviteRequired extends Invalid {
  constructor() {
    super({ invite: 'invite_required' }, 403, 'Sign-up needs an invite on this server.')
  }
}
