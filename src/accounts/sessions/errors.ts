import { bearerError, Forbidden } from '../../http/errors.ts'

/** API tokens must not change the account that they belong to. */
export class TokenForbidden extends Forbidden {
  constructor() {
    const detail = 'API tokens cannot do this. Sign in instead.'
    super(detail, 'token_forbidden', bearerError('insufficient_scope', detail))
  }
}

export class AdminRequired extends Forbidden {
  constructor() {
    super('Only administrators can do this.', 'admin_required')
  }
}
