import { BadRequest, Conflict, Invalid } from '../http/errors.ts'

/** The recipient is blocked, blocks the sender, or was deleted. The response does not reveal which. */
export class Undeliverable extends Invalid {
  constructor() {
    super({ body: 'undeliverable' }, 403, 'You cannot message this person.')
  }
}

/** The idempotency key of a send was used for another text. */
export class ClientIdReused extends Conflict {
  constructor() {
    super('This clientId was used for another text.', 'client_id_reused')
  }
}

export class BeforeAndAfter extends BadRequest {
  constructor() {
    super('Use either `before` or `after`, not both.', 'before_and_after')
  }
}
