import { NotFound } from '../../http/errors.ts'

export class UnknownInvite extends NotFound {
  constructor() {
    super('There is no such invite.')
  }
}
