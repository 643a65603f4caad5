import { Conflict, Invalid, NotFound } from '../../http/errors.ts'

export class UnknownAccount extends NotFound {
  constructor() {
    super('No user has this name.')
  }
}

export class UnknownSession extends NotFound {
  constructor() {
    super('There is no such session.')
  }
}

/** Only a tombstone is left of the account. */
export class AccountDeleted extends Conflict {
  constructor() {
    super('This account was deleted by its owner.', 'account_deleted')
  }
}

export class AccountDisabled extends Conflict {
  constructor() {
    super('This account is disabled.', 'account_disabled')
  }
}

/** Administrators could not undo this for themselves. */
export class CannotDisableSelf extends Invalid {
  constructor() {
    super({ disabled: 'self_disable' }, 409, 'You cannot disable your own account.')
  }
}

/** An administrator's own settings require the password. */
export class OwnTwoFactor extends Conflict {
  constructor() {
    super(
      'Turn off your own two-factor authentication in your settings, with your password.',
      'own_two_factor',
    )
  }
}
