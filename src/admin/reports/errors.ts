import { Conflict } from '../../http/errors.ts'

export class DecidedDifferently extends Conflict {
  constructor() {
    super('This report was closed with another decision.', 'report_closed')
  }
}
