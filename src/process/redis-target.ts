/** A host and a port. */
export type Address = { host: string; port: number }

/** What REDIS_URL names: one server, the sentinels of a master, or nodes of a cluster. */
export type RedisTarget = {
  servers:
    | { kind: 'one'; address: Address }
    | { kind: 'socket'; path: string }
    | { kind: 'sentinel'; sentinels: readonly Address[]; master: string; credentials: Credentials }
    | { kind: 'cluster'; nodes: readonly Address[] }
  tls: boolean
  credentials: Credentials
  database: number
}

/** Empty without authentication. */
export type Credentials = { username?: string; password?: string }

const FORMS = {
  redis: 'redis://user:password@host:port/0',
  rediss: 'rediss://user:password@host:port/0',
  'redis+sentinel': 'redis+sentinel://user:password@host1:port,host2:port/master-name',
  'rediss+sentinel': 'rediss+sentinel://user:password@host1:port,host2:port/master-name',
  'redis+cluster': 'redis+cluster://user:password@host1:port,host2:port',
  'rediss+cluster': 'rediss+cluster://user:password@host1:port,host2:port',
  unix: 'unix:///run/redis/redis.sock',
  'redis+unix': 'redis+unix:///run/redis/redis.sock',
} as const

const SCHEMES = 'redis://, rediss://, redis+sentinel://, redis+cluster:// or unix://'

const DEFAULT_PORT = { redis: 6379, sentinel: 26_379 }

/**
 * A URL that is not understood. The message contains the expected form, and nothing of the URL except the name of an unknown
 * parameter.
 */
export class RedisUrlError extends Error {}

/**
 * Parses REDIS_URL. `URL` cannot: it accepts only one host.
 * @throws RedisUrlError
 */
export function parseRedisUrl(url: string): RedisTarget {
  const [, scheme = '', rest = ''] = /^([a-z+]+):(?:\/\/)?(.*)$/is.exec(url) ?? []
  if (!Object.hasOwn(FORMS, scheme)) throw new RedisUrlError(`an address that starts with ${SCHEMES}`)
  const form = FORMS[scheme as keyof typeof FORMS]
  const expect = (holds: unknown, what: string): void => {
    if (!holds) throw new RedisUrlError(`${form}, ${what}`)
  }
  const [, userInfo, hosts = '', path = '', query = '', hash] =
    /^(?:([^/]*)@)?([^/?#@]*)(\/[^?#]*)?(?:\?([^#]*))?(#.*)?$/s.exec(rest) ?? []
  expect(/^[^@]*(?:@[^@]*)?$/.test(rest) && !hash, ENCODED)

  const decoded = (text: string): string => {
    try {
      return decodeURIComponent(text)
    } catch {
      throw new RedisUrlError(`${form}, ${ENCODED}`)
    }
  }
  const credentialsOf = (username = '', password = ''): Credentials => ({
    ...(username && { username: decoded(username) }),
    ...(password && { password: decoded(password) }),
  })
  const [username, ...password] = (userInfo ?? '').split(':')
  const credentials = credentialsOf(username, password.join(':'))
  const addresses = hosts.split(',').map((text) => {
    const address = parseAddress(text, DEFAULT_PORT[scheme.endsWith('+sentinel') ? 'sentinel' : 'redis'])
    expect(address || !hosts, 'with host names or addresses and ports from 1 to 65535')
    return address!
  })
  const parameters = new URLSearchParams(query)
  const parameter = (name: string) => {
    const value = parameters.get(name) ?? undefined
    parameters.delete(name)
    return value
  }
  const databaseOf = (text: string | undefined) => {
    expect(/^\d{0,5}$/.test(text ?? ''), 'with the number of a database at the end, or none')
    return Number(text ?? 0)
  }
  const target = readTarget()
  expect(parameters.size === 0, `without the parameter ${[...parameters.keys()][0]}`)
  return { ...target, tls: scheme.startsWith('rediss'), credentials }

  function readTarget(): Pick<RedisTarget, 'servers' | 'database'> {
    if (scheme.endsWith('unix')) {
      expect(!hosts && path.length > 1, 'with the absolute path of the socket')
      return { servers: { kind: 'socket', path: decoded(path) }, database: databaseOf(parameter('db')) }
    }
    expect(hosts, 'with a host')
    if (scheme.endsWith('+cluster')) {
      expect(path.length < 2, 'without a path: a cluster has one database')
      return { servers: { kind: 'cluster', nodes: addresses }, database: 0 }
    }
    if (scheme.endsWith('+sentinel')) {
      const [, master = '', database] = path.split('/')
      expect(master && path.split('/').length < 4, 'with the name that the sentinels give the master')
      const ofSentinels = credentialsOf(parameter('sentinelUser'), parameter('sentinelPassword'))
      return {
        servers: {
          kind: 'sentinel',
          sentinels: addresses,
          master: decoded(master),
          credentials: ofSentinels,
        },
        database: databaseOf(database),
      }
    }
    expect(addresses.length === 1, 'with one host: several need redis+sentinel:// or redis+cluster://')
    return { servers: { kind: 'one', address: addresses[0]! }, database: databaseOf(path.slice(1)) }
  }
}

const ENCODED = 'with special characters of names and passwords percent-encoded (% as %25, @ as %40)'

function parseAddress(text: string, defaultPort: number): Address | null {
  const [, bracketed, name, port] =
    /^(?:\[([\da-f:.]+)\]|([\p{L}\p{N}._-]+))(?::(\d{1,5}))?$/iu.exec(text) ?? []
  const host = bracketed ?? name
  if (!host || (port && (Number(port) < 1 || Number(port) > 65_535))) return null
  return { host, port: Number(port ?? defaultPort) }
}
