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
  // An IPv4 client of an IPv6 socket appears as ::ffff:192.0.2.1.
  const parsed = ipaddr.process(address)
  if (parsed.kind() === 'ipv4') return { near: parsed.toString(), wide: null }
  return { near: prefix(parsed, 64), wide: prefix(parsed, 48) }
}

/** The address as it is written in the log: IPv4 without the prefix of an IPv6 socket. */
export function plainAddress(address: string): string {
  return isIP(address) ? ipaddr.process(address).toString() : address
}

function prefix(address: ipaddr.IPv4 | ipaddr.IPv6, bits: number): string {
  const groups = (address as ipaddr.IPv6).parts.slice(0, bits / 16)
  return `${groups.map((group) => group.toString(16)).join(':')}::/${bits}`
}
