import { Forbidden } from '../../http/errors.ts'

/** API tokens must not change the account that they belong to. */
export class TokenForbidden extends Forbidden {
  constructor() {
    super('API tokens cannot do this. Sign in instead.')
  }
}

export class AdminRequired extends Forbidden {
  constructor() {
    super('Only administrators can do this.')
  }
}
