import { BlockList, isIP } from 'node:net'
import type { Config } from '../process/config.ts'
import { BadRequest, Forbidden, TooLarge, UnsupportedType } from './errors.ts'

/** Bytes of a request body: 4,000 characters of four bytes, each escaped in JSON, fit. */
export const BODY_BYTES = 64 * 1024

/** How deep a JSON body may nest: no request needs more, and telling what is wrong with one costs the square of it. */
const MAX_JSON_DEPTH = 16

/** What a runtime knows of a request beside the request itself; set by the adapter, `main.ts`. */
export type Peer = {
  address: string
  /** Turns the request into a WebSocket of this session; absent where the runtime has none. */
  upgrade?: (session: { id: number; user: number; expiresAt: Date }) => boolean
}
const peers = new WeakMap<Request, Peer>()

export function setPeer(request: Request, peer: Peer): void {
  peers.set(request, peer)
}

export function peerOf(request: Request): Peer {
  return peers.get(request) ?? { address: 'unknown' }
}

/**
 * A request whose `url` is one: where it names no host, as HTTP/1.0 need not, it is ours. Null when it names one that is none
 * (RFC 9112, 3.2: 400).
 */
export function withAbsoluteUrl(request: Request, { origin }: Pick<Config, 'origin'>): Request | null {
  if (URL.canParse(request.url)) return request
  const url = `${origin}${request.url}`
  return !request.headers.get('host') && URL.canParse(url) ? new Request(url, request) : null
}

/**
 * Tells {@link peerOf} whom a request is from: behind a proxy that is trusted, whom that one says it is for.
 * `X-Forwarded-For` is read from its end, which the nearest proxy wrote, up to the first address that is not one of ours:
 * what is before that came from outside.
 * @param proxies addresses and networks, as in `TRUSTED_PROXIES`
 */
export function clientAddressResolver(proxies: readonly string[]): (request: Request) => void {
  const trusted = new BlockList()
  for (const proxy of proxies) {
    const [address = '', bits] = proxy.split('/')
    if (bits === undefined) trusted.addAddress(address, family(address))
    else trusted.addSubnet(address, Number(bits), family(address))
  }
  return (request) => {
    const peer = peerOf(request)
    const hops = request.headers.get('x-forwarded-for')?.split(',') ?? []
    let { address } = peer
    while (isIP(address) && trusted.check(address, family(address))) {
      const hop = hops.pop()?.trim() ?? ''
      if (!isIP(hop)) break
      address = hop
    }
    if (address !== peer.address) setPeer(request, { ...peer, address })
  }
}

const family = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4')

/**
 * Refuses what another site makes a browser send: an unsafe method or an upgrade with a foreign `Origin`, or, where there
 * is none, a foreign `Sec-Fetch-Site`. Clients that are no browsers send neither and pass.
 * @throws Forbidden
 */
export function checkOrigin(request: Request, config: Pick<Config, 'origin'>): void {
  if (/^(GET|HEAD|OPTIONS)$/.test(request.method) && !request.headers.has('upgrade')) return
  const origin = request.headers.get('origin')
  const site = request.headers.get('sec-fetch-site')
  const own =
    origin === null
      ? site === null || /^(same-origin|none)$/.test(site)
      : isOwnOrigin(origin, request, config)
  if (!own) throw new Forbidden('The request comes from another site.')
}

/** The configured origin; without TLS also the host that the request names, so that a machine may have several names. */
function isOwnOrigin(origin: string, request: Request, config: Pick<Config, 'origin'>): boolean {
  if (origin === config.origin) return true
  if (config.origin.startsWith('https:') || !URL.canParse(origin)) return false
  const host = request.headers.get('host')
  return host !== null && new URL(origin).host === host
}

/** Headers of every answer. */
export function securityHeaders(config: Pick<Config, 'origin'>): Record<string, string> {
  return {
    'content-security-policy': [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self' data:",
      "font-src 'self'",
      "connect-src 'self'",
      "manifest-src 'self'",
      "form-action 'self'",
      "base-uri 'none'",
      "object-src 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=()',
    ...(config.origin.startsWith('https:') && { 'strict-transport-security': 'max-age=31536000' }),
  }
}

/**
 * For a page whose address holds a token: where it leads to learns our origin and no more. Not `no-referrer`, with which
 * browsers send the `Origin` of its form as `null`, and that is another site's.
 */
export const tokenPageHeaders = { 'referrer-policy': 'strict-origin' }

/**
 * Reads a body of JSON or of a form, and nothing else.
 * @throws TooLarge, UnsupportedType, BadRequest
 */
export async function readBody(request: Request): Promise<unknown> {
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  const bytes = await readBytes(request)
  // Nothing at all is not JSON, but no reason to refuse a request that needs none.
  if (bytes.length === 0) return type === 'application/x-www-form-urlencoded' ? {} : null
  if (type !== 'application/json' && type !== 'application/x-www-form-urlencoded') throw new UnsupportedType()
  const text = decode(bytes)
  if (type === 'application/x-www-form-urlencoded') return Object.fromEntries(new URLSearchParams(text))
  const body = parse(text)
  if (!isSafeJson(body))
    throw new BadRequest('The body nests too deep, or has a field that nothing may have.')
  return body
}

/**
 * Reads the one file of a form, or null when nothing was chosen.
 * @throws TooLarge, UnsupportedType, BadRequest
 */
export async function readUploadForm(
  request: Request,
  { field, limit }: { field: string; limit: number },
): Promise<Uint8Array | null> {
  const type = request.headers.get('content-type') ?? ''
  if (!/^multipart\/form-data\b/i.test(type)) throw new UnsupportedType('Send multipart/form-data.')
  const bytes = await readBytes(request, limit)
  const form = await new Response(bytes, { headers: { 'content-type': type } }).formData().catch(() => {
    throw new BadRequest('The body is not a form.')
  })
  const file = form.get(field)
  return file instanceof Blob && file.size > 0 ? new Uint8Array(await file.arrayBuffer()) : null
}

/** @throws TooLarge */
export async function readBytes(request: Request, limit = BODY_BYTES): Promise<Uint8Array<ArrayBuffer>> {
  if (Number(request.headers.get('content-length') ?? 0) > limit) throw new TooLarge(limit)
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of request.body ?? []) {
    size += chunk.length
    if (size > limit) throw new TooLarge(limit)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new BadRequest('The body is not UTF-8.')
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new BadRequest('The body is not JSON.')
  }
}

function isSafeJson(value: unknown, levels = MAX_JSON_DEPTH): boolean {
  if (typeof value !== 'object' || value === null) return true
  // Validation writes the values that it refuses as text, by this method.
  if (levels === 0 || Object.hasOwn(value, 'toString')) return false
  return Object.values(value).every((inner) => isSafeJson(inner, levels - 1))
}
