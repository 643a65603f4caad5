import { BlockList, isIP } from 'node:net'
import type { Config } from '../process/config.ts'

/** The connection of a request, provided by the adapters `main.ts` and `fetch.ts`. */
export type Peer = {
  /** The IP address of the connection, or `unknown`. */
  address: string
  /** Upgrades the request to a WebSocket of this session; absent where the runtime has no WebSockets. */
  upgrade?: (session: { id: number; user: number; expiresAt: Date }) => boolean
}

/**
 * Returns a function that finds the client's IP address. Behind a trusted proxy it is the last untrusted address in
 * `X-Forwarded-For`; a client can forge the entries before it.
 * @param proxies addresses and networks, as in `TRUSTED_PROXIES`
 */
export function clientAddressResolver(proxies: readonly string[]): (request: Request, peer: Peer) => string {
  const trusted = new BlockList()
  for (const proxy of proxies) {
    const [address = '', bits] = proxy.split('/')
    if (bits === undefined) trusted.addAddress(address, family(address))
    else trusted.addSubnet(address, Number(bits), family(address))
  }
  return (request, peer) => {
    const hops = request.headers.get('x-forwarded-for')?.split(',') ?? []
    let { address } = peer
    while (isIP(address) && trusted.check(address, family(address))) {
      const hop = hops.pop()?.trim() ?? ''
      if (!isIP(hop)) break
      address = hop
    }
    return address
  }
}

const family = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4')

/**
 * Returns the request with an absolute URL; falls back to `ORIGIN` when an HTTP/1.0 client sent no Host. Returns null for
 * an invalid Host, to which the caller responds with 400 (RFC 9112, 3.2).
 */
export function withAbsoluteUrl(request: Request, { origin }: Pick<Config, 'origin'>): Request | null {
  if (URL.canParse(request.url)) return request
  const url = `${origin}${request.url}`
  return !request.headers.get('host') && URL.canParse(url) ? new Request(url, request) : null
}
