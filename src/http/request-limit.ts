import { paths } from '../../web/paths.ts'
import { findCaller } from '../accounts/sessions/auth.ts'
import type { Deps } from '../process/deps.ts'
import { TooManyRequests } from './errors.ts'
import type { RateLimitRule } from './rate-limits.ts'
import { currentRequest } from './request-context.ts'

/**
 * Limits every request before its route and body are read: by user, or else by network. When the network is over its limit, a
 * known device still has a limit of its own, so that strangers behind the same proxy cannot keep people out.
 * @throws TooManyRequests
 */
export async function limitRequest(deps: Deps, request: Request): Promise<void> {
  const rule = ruleOf(new URL(request.url).pathname)
  const me = rule === 'request' ? await findCaller(deps, request) : null
  if (me) return deps.limits.take(rule, `user ${me.id}`)
  const { address, device } = currentRequest()!.client
  try {
    await deps.limits.take(rule, address)
  } catch (error) {
    if (!device || !(error instanceof TooManyRequests)) throw error
    await deps.limits.take(rule, `device ${device.id}`)
  }
}

/** Files and health checks need no user: they must not depend on the database. */
function ruleOf(pathname: string): RateLimitRule {
  if (pathname === paths.live || pathname === paths.ready) return 'health'
  const isFile = pathname === paths.openapi || FOLDERS.some((folder) => pathname.startsWith(folder))
  return isFile ? 'file' : 'request'
}

const FOLDERS = [`${paths.assets}/`, paths.docs]
