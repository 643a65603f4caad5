import type { Config } from '../process/config.ts'
import { CrossSite } from './errors.ts'

/**
 * Refuses cross-site requests (CSRF): an unsafe method or an upgrade with a foreign `Origin`, or, without an `Origin`, with a
 * foreign `Sec-Fetch-Site`. Clients other than browsers send neither header and pass.
 * @throws CrossSite
 */
export function checkOrigin(request: Request, config: Pick<Config, 'origin'>): void {
  if (/^(GET|HEAD|OPTIONS)$/.test(request.method) && !request.headers.has('upgrade')) return
  const origin = request.headers.get('origin')
  const site = request.headers.get('sec-fetch-site')
  const own =
    origin === null
      ? site === null || /^(same-origin|none)$/.test(site)
      : isOwnOrigin(origin, request, config)
  if (!own) throw new CrossSite()
}

/**
 * Refuses a request that a page of another site caused, also a link: for reads that are limited or recorded in the audit log.
 * @throws CrossSite
 */
export function refuseOtherSites({ headers }: Request): void {
  if (!/^(same-origin|none)$/.test(headers.get('sec-fetch-site') ?? 'none')) throw new CrossSite()
}

/** Whether it is the configured origin or, without TLS, the host of the request, so that a machine can have several names. */
function isOwnOrigin(origin: string, request: Request, config: Pick<Config, 'origin'>): boolean {
  if (origin === config.origin) return true
  if (config.origin.startsWith('https:') || !URL.canParse(origin)) return false
  const host = request.headers.get('host')
  return host !== null && new URL(origin).host === host
}
