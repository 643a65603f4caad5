import { paths } from '../../web/paths.ts'
import { findCaller } from '../accounts/sessions/auth.ts'
import { chargedKey } from '../process/charged.ts'
import type { Deps } from '../process/deps.ts'
import { takeShared } from '../process/take-limits.ts'
import { devicesOf } from './device-cookie.ts'
import { currentRequest } from './request-context.ts'
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

/** Adds what is left of the limits to a response of the API (draft-ietf-httpapi-ratelimit-headers). */
export function withRateLimit(response: Response): Response {
  const { quotas, route } = currentRequest()!
  const isShown = quotas.length > 0 && route?.startsWith(paths.api.root) && !response.headers.has('ratelimit')
  if (isShown) {
    const items = quotas.map(({ rule, left, seconds }) => `"${rule}";r=${left};t=${seconds}`)
    response.headers.set('ratelimit', items.join(', '))
  }
  return response
}

/** Other methods are refused, as pages that cost more than a check. */
function isHealthCheck(method: string, pathname: string): boolean {
  return (method === 'GET' || method === 'HEAD') && (pathname === paths.live || pathname === paths.ready)
}

function isFile(pathname: string): boolean {
  return pathname === paths.openapi || FOLDERS.some((folder) => pathname.startsWith(folder))
}

const FOLDERS = [`${paths.assets}/`, paths.docs]
