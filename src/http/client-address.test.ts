import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { clientAddressResolver } from './client-address.ts'

const silent = { warn() {} }
const PROXIES = ['10.0.0.0/8', '127.0.0.1', '::1', 'fd00::/8']

const port = fc.integer({ min: 1, max: 65_535 })
/** Outside of `PROXIES`. */
const v4 = fc
  .tuple(fc.constantFrom(1, 8, 77, 203), fc.nat(255), fc.nat(255), fc.nat(255))
  .map((bytes) => bytes.join('.'))
const v6 = fc
  .array(fc.integer({ min: 1, max: 0xffff }), { minLength: 6, maxLength: 6 })
  .map((groups) => `2001:db8:${groups.map((group) => group.toString(16)).join(':')}`)

/** An address in one of the notations of proxies, and the same address alone. */
const entry = fc.oneof(
  fc.tuple(v4, port, fc.nat(4)).map(([ip, p, form]) => ({
    ip,
    text: [ip, `${ip}:${p}`, `"${ip}"`, `"${ip}:${p}"`, `::ffff:${ip}`][form]!,
  })),
  fc.tuple(v6, port, fc.nat(7)).map(([ip, p, form]) => ({
    ip,
    text: [
      ip,
      `[${ip}]`,
      `[${ip}]:${p}`,
      `"[${ip}]:${p}"`,
      `"[${ip}]"`,
      ip.toUpperCase(),
      `${ip}%eth0`,
      ip.replace('2001:db8', '2001:0db8'),
    ][form]!,
  })),
)
const hop = fc.constantFrom(
  '10.1.2.3',
  '10.1.2.3:8080',
  '127.0.0.1',
  '::1',
  '[::1]:443',
  '"[fd00::7]:80"',
  'fd12::1',
)
const peer = fc.constantFrom('10.0.0.1', '::ffff:10.0.0.1', '127.0.0.1', '::1', 'fd00::1')
const forged = fc.oneof(
  fc.constantFrom('', '1.2.3.4', 'unknown', '_hidden', '10.0.0.9', '999.1.1.1'),
  fc.string(),
)

/** As the runtime joins several headers of one name. */
const headersOf = (lines: readonly string[]) => {
  const headers = new Headers()
  for (const line of lines) headers.append('x-forwarded-for', line.replace(/[^\t\x20-\x7e]/g, '?'))
  return headers
}
const resolve = (headers: Headers, address: string) =>
  clientAddressResolver(PROXIES, silent)(new Request('http://localhost', { headers }), { address })

test('the address of the client is found in every notation, behind any number of proxies', () => {
  fc.assert(
    fc.property(
      fc.array(forged, { maxLength: 3 }),
      entry,
      fc.array(hop, { maxLength: 3 }),
      peer,
      fc.constantFrom(',', ', ', ' ,\t', ', ,'),
      fc.boolean(),
      (before, client, hops, address, comma, several) => {
        const entries = [...before, client.text, ...hops]
        const lines = several ? entries : [entries.join(comma)]
        expect([lines, resolve(headersOf(lines), address)]).toEqual([lines, client.ip])
      },
    ),
    { numRuns: 2000 },
  )
})

test('the header of an untrusted sender is ignored', () => {
  fc.assert(
    fc.property(fc.oneof(v4, v6), fc.array(forged), (address, lines) => {
      expect(resolve(headersOf(lines), address)).toBe(address)
    }),
  )
})

test('an invalid entry counts for the proxy that sent it', () => {
  for (const text of ['unknown', '_x', '1.2.3', '1.2.3.4:', '[::1', '1.2.3.4:123456', 'a.example', '%', '"'])
    expect([text, resolve(headersOf([`203.0.113.9, ${text}`]), '10.0.0.1')]).toEqual([text, '10.0.0.1'])
})

test('a header of an untrusted sender is reported once', () => {
  const warned: unknown[] = []
  const log = { warn: (...args: unknown[]) => void warned.push(args) }
  const find = clientAddressResolver(['10.0.0.0/8'], log as never)
  const request = new Request('http://localhost', { headers: { 'x-forwarded-for': '203.0.113.9' } })
  for (const address of ['10.0.0.1', '172.17.0.1', '172.17.0.2']) find(request, { address })
  find(new Request('http://localhost'), { address: '172.17.0.1' })
  expect(warned).toEqual([
    [{ peer: '172.17.0.1' }, 'X-Forwarded-For is ignored, because its sender is not in TRUSTED_PROXIES'],
  ])
})
