import { currentClient } from '../http/request-context.ts'
import { chargedKey } from './charged.ts'
import type { Deps } from './deps.ts'
import { plainAddress } from './network-key.ts'

/** A security event (OWASP ASVS 5.0, 16.3). It contains no username: a wrong one may be a password in the wrong field. */
export type SecurityEvent = {
  event:
    | 'sign-in'
    | 'sign-up'
    | 'password-confirmation'
    | 'password-change'
    | 'password-reset'
    | 'session-revoked'
    | 'two-factor-on'
    | 'two-factor-off'
    | 'passkey-added'
    | 'passkey-removed'
    | 'identity-linked'
    | 'identity-unlinked'
    | 'api-token-created'
    | 'email-change'
    | 'invite'
    | 'access-denied'
  outcome: 'succeeded' | 'failed' | 'limited' | 'code-required'
  /** The ID of the account; null if none is known. */
  user: number | null
  method?: 'password' | 'code' | 'passkey' | 'openid'
}

/** Logs an event with the client's address: successes at `info`, all others at `warn`. docs/operating.md documents the format. */
export function logSecurityEvent({ log }: Pick<Deps, 'log'>, fields: SecurityEvent): void {
  const { event, outcome } = fields
  const address = plainAddress(currentClient().address)
  log[outcome === 'succeeded' ? 'info' : 'warn']({ ...fields, address }, `${event} ${outcome}`)
}

/** Logs a failed event, unless the client has caused so many that they would hide other lines. */
export async function logDenial(
  deps: Pick<Deps, 'limits' | 'log'>,
  fields: Omit<SecurityEvent, 'outcome'>,
): Promise<void> {
  await deps.limits.take('denialLog', chargedKey().key).then(
    () => logSecurityEvent(deps, { ...fields, outcome: 'failed' }),
    () => {},
  )
}
