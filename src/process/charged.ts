import { currentRequest } from '../http/request-context.ts'

/** What a limit or a queue counts work for. */
export type Charged = {
  kind: 'user' | 'account' | 'network' | 'process'
  /** The key of a rate limit. For a network, this is an IP address. */
  key: string
}

/**
 * The charged key of the current request: the user of its session, or else the account that last signed in with its known device,
 * or else its network. Strangers cannot use up what counts for a user or an account, and one account has one key, however many
 * devices it signs in with.
 */
export function chargedKey(): Charged {
  const request = currentRequest()
  if (!request) return { kind: 'process', key: 'process' }
  const { caller, client } = request
  if (caller) return { kind: 'user', key: `user ${caller.id}` }
  // The last one: browsers send ours after those that another app set for a path.
  const device = client.devices.at(-1)
  if (device) return { kind: 'account', key: `account ${device.account}` }
  return { kind: 'network', key: client.address }
}
