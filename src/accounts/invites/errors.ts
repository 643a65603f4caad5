import { Invalid } from '../../http/errors.ts'

/** Only administrators may invite people here, or nobody while sign-up is closed. */
export class InviteForbidden extends Invalid {
  constructor() {
    super({ form: 'invite_forbidden' }, 403, 'You cannot invite people on this server.')
  }
}

/** An invite that was used up or revoked, has expired, or never existed. */
export class InvalidInvite extends Invalid {
  constructor() {
    super({ invite: 'invite' })
  }
}
