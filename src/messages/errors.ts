import { Invalid } from '../http/errors.ts'

/** The recipient is blocked, blocks the sender, or was deleted. The response does not reveal which. */
export class Undeliverable extends Invalid {
  constructor() {
    super({ body: 'undeliverable' }, 403, 'You cannot message this person.')
  }
}
