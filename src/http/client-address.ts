import { BlockList, isIP } from 'node:net'
import type { Logger } from 'pino'
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
 * `X-Forwarded-For`; a client can forge the entries before it. Warns once when the sender of the header is not trusted.
 * @param proxies addresses and networks, as in `TRUSTED_PROXIES`
 */
export function clientAddressResolver(
  proxies: readonly string[],
  log: Pick<Logger, 'warn'>,
): (request: Request, peer: Peer) => string {
  const trusted = new BlockList()
  for (const proxy of proxies) {
    const [address = '', bits] = proxy.split('/')
    if (bits === undefined) trusted.addAddress(address, family(address))
    else trusted.addSubnet(address, Number(bits), family(address))
  }
  const isTrusted = (address: string) => isIP(address) > 0 && trusted.check(address, family(address))
  let warned = false
  return ({ headers }, peer) => {
    let address = addressOf(peer.address) ?? peer.address
    const forwarded = headers.get('x-forwarded-for')
    if (!forwarded) return address
    if (!isTrusted(address) && !warned) {
      warned = true
      log.warn({ peer: address }, 'X-Forwarded-For is ignored, because its sender is not in TRUSTED_PROXIES')
    }
    const hops = forwarded.split(',').filter((hop) => hop.trim())
    while (isTrusted(address)) {
      const hop = addressOf(hops.pop() ?? '')
      if (!hop) break
      address = hop
    }
    return address
  }
}

/** An address alone, in brackets, or with a port; quoted as in RFC 7239. */
const ENTRY = /^"?(?:\[([^\]]+)\](?::\d{1,5})?|([\d.]+)(?::\d{1,5})?|([\da-f:.]+(?:%[^"]*)?))"?$/i

/** The IP address in an entry, in one notation; null when it is none. */
function addressOf(entry: string): string | null {
  const [, bracketed, v4, v6] = ENTRY.exec(entry.trim()) ?? []
  const address = (bracketed ?? v4 ?? v6 ?? '').replace(/%.*$/, '')
  if (isIP(address) !== 6) return isIP(address) ? address : null
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const mapped = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/.exec(canonical)
  if (!mapped) return canonical
  const bits = Number.parseInt(mapped[1]!, 16) * 65_536 + Number.parseInt(mapped[2]!, 16)
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join('.')
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
