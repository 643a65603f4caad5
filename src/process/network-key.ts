import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** The networks by which an address is limited. */
export type Networks = {
  /** The IPv4 address, or the IPv6 /64: what one subscriber or one machine has. Anything else is returned as it is. */
  near: string
  /** The IPv6 /48: what one site or one rented server can have. null for all others. */
  wide: string | null
}

/** Returns the networks of an IP address. One machine can use all addresses of its IPv6 /64 (RFC 4291, 2.5.4; RFC 6177). */
export function networksOf(address: string): Networks {
  if (!isIP(address)) return { near: address, wide: null }
  const parsed = clientOf(address)
  if (parsed.kind() === 'ipv4') return { near: parsed.toString(), wide: null }
  return { near: prefix(parsed, 64), wide: prefix(parsed, 48) }
}

/** The client's own address: an IPv4 client appears in IPv6 as ::ffff:192.0.2.1, or behind NAT64 as 64:ff9b::192.0.2.1 (RFC 6052). */
function clientOf(address: string): ipaddr.IPv4 | ipaddr.IPv6 {
  const parsed = ipaddr.process(address)
  const isTranslated = parsed.kind() === 'ipv6' && parsed.match(NAT64)
  return isTranslated ? ipaddr.fromByteArray(parsed.toByteArray().slice(12)) : parsed
}

const NAT64 = ipaddr.parseCIDR('64:ff9b::/96')

/** The address as it is written in the log: IPv4 without the prefix of an IPv6 socket. */
export function plainAddress(address: string): string {
  return isIP(address) ? ipaddr.process(address).toString() : address
}

function prefix(address: ipaddr.IPv4 | ipaddr.IPv6, bits: number): string {
  const groups = (address as ipaddr.IPv6).parts.slice(0, bits / 16)
  return `${groups.map((group) => group.toString(16)).join(':')}::/${bits}`
}
