import { BEARER, Invalid } from '../../http/errors.ts'

/** The password is correct, but two-factor authentication is on. */
export class CodeRequired extends Invalid {
  constructor(
    /** The ID of the user whose code is required. */
    readonly user: number,
  ) {
    super({ code: 'second_factor' }, 401, 'Two-factor authentication is on. Send a code, too.', BEARER)
  }
}

/** Neither a current code from the app nor an unused recovery code. */
export class WrongCode extends Invalid {
  constructor() {
    super({ code: 'code_wrong' }, 401, 'The code is wrong or was already used.', BEARER)
  }
}

export class TwoFactorIsOn extends Invalid {
  constructor() {
    super({ form: 'two_factor_on' }, 409, 'Two-factor authentication is already on.')
  }
}

export class TwoFactorIsOff extends Invalid {
  constructor() {
    super({ form: 'two_factor_off' }, 409, 'Two-factor authentication is off.')
  }
}

/** The operator requires a second factor, and the user has none yet. */
export class SecondFactorRequired extends Invalid {
  constructor() {
    super(
      { form: 'two_factor_required' },
      403,
      'This server requires a second factor. Set up two-factor authentication or add a passkey first.',
    )
  }
}

/** The operator requires a second factor, and the user's only one is a passkey. */
export class PasskeyRequired extends Invalid {
  constructor() {
    super({ form: 'passkey_required' }, 401, 'A password is not enough. Sign in with your passkey.', BEARER)
  }
}
