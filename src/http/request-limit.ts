import { paths } from '../../web/paths.ts'
import { findCaller } from '../accounts/sessions/auth.ts'
import type { Deps } from '../process/deps.ts'
import { chargedKey } from './charged.ts'
import { devicesOf } from './device-cookie.ts'
import { TooManyRequests } from './errors.ts'
import type { Counted, RateLimitRule, RateLimits } from './rate-limits.ts'
import { currentClient, currentRequest } from './request-context.ts'
import { checkHead } from './request-head.ts'

/**
 * Limits every request before its route and body are read: by user, or else by network. Health checks have no limit: it would
 * let a stranger behind the same proxy take the server out of service, and their work is bounded.
 * @throws TooManyRequests; BadRequest and HeadTooLarge, which count for the network
 */
export async function limitRequest(deps: Deps, request: Request): Promise<void> {
  const { client } = currentRequest()!
  try {
    checkHead(request)
  } catch (error) {
    await deps.limits.take('request', client.address)
    throw error
  }
  const { pathname } = new URL(request.url)
  if (isHealthCheck(request.method, pathname)) return
  client.devices = devicesOf(deps, request)
  if (isFile(pathname)) {
    // Without the database, unless the network's limit is used up.
    await takeShared(deps.limits, { network: 'file', member: 'file' }, () =>
      findCaller(deps, request).catch(() => null),
    )
  } else if (await findCaller(deps, request)) await deps.limits.take('request', chargedKey().key)
  else await takeShared(deps.limits, { network: 'request', member: 'request' })
}

/**
 * Counts for the network or, once that limit is used up, for the user or the account of a known device: strangers behind the same
 * proxy cannot keep them out.
 * @param identify finds the user first
 * @returns what was counted
 * @throws TooManyRequests
 */
export async function takeShared(
  limits: RateLimits,
  rules: { network: RateLimitRule; member: RateLimitRule },
  identify: () => Promise<unknown> = async () => {},
): Promise<Counted> {
  const shared = { rule: rules.network, key: currentClient().address }
  try {
    await limits.take(shared.rule, shared.key)
    return shared
  } catch (error) {
    if (!(error instanceof TooManyRequests)) throw error
    await identify()
    const { kind, key } = chargedKey()
    if (kind === 'network') throw error
    await limits.take(rules.member, key)
    return { rule: rules.member, key }
  }
}

/** Other methods are refused, as pages that cost more than a check. */
function isHealthCheck(method: string, pathname: string): boolean {
  return (method === 'GET' || method === 'HEAD') && (pathname === paths.live || pathname === paths.ready)
}

function isFile(pathname: string): boolean {
  return pathname === paths.openapi || FOLDERS.some((folder) => pathname.startsWith(folder))
}

const FOLDERS = [`${paths.assets}/`, paths.docs]
