import { StartError } from '../http/errors.ts'

/** Where MySQL is, and how to connect to it. */
export type MysqlAddress = {
  host: string
  port: number
  user: string
  password: string
  dbName: string
  /** The path of a Unix socket; null for TCP. */
  socketPath: string | null
  /** null without TLS. */
  tls: Tls | null
}

/** Paths of PEM files; null means the authorities that the runtime trusts, or no certificate of the client. */
type Tls = { ca: string | null; cert: string | null; key: string | null; verify: boolean }

/** A URL that cannot be used. The message completes "DATABASE_URL must be …", and contains no part of the URL's user or password. */
export class MysqlUrlError extends Error {}

const EXPECTED = 'an address that ends in the name of the database: mysql://user:password@host:port/database'

/**
 * Parses a `mysql://` URL. TLS is verified, unless the URL turns that off: chain and name of the server's certificate.
 * Accepts the notations of MySQL's programs (`ssl-mode`, `ssl-ca`), mysql2 (`ssl`) and Prisma (`sslaccept`).
 * @throws MysqlUrlError
 */
export function parseMysqlUrl(text: string): MysqlAddress {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url?.protocol !== 'mysql:' || url.pathname.length < 2 || url.hash) throw new MysqlUrlError(EXPECTED)
  const parameters = new Map<string, string>()
  for (const [name, value] of url.searchParams) {
    const known = PARAMETERS[name.toLowerCase().replace(/[-_]/g, '')]
    if (!known) throw new MysqlUrlError(unknownParameter(name))
    parameters.set(known, value)
  }
  return {
    host: decode(url.hostname).replace(/^\[(.*)\]$/, '$1') || 'localhost',
    port: Number(url.port) || 3306,
    user: decode(url.username),
    password: decode(url.password),
    dbName: decode(url.pathname.slice(1)),
    socketPath: parameters.get('socketPath') || null,
    tls: tlsOf(parameters),
  }
}

/** Names of parameters, without dashes, underscores and case, and what they are called here. */
const PARAMETERS: Partial<Record<string, string>> = {
  ssl: 'ssl',
  tls: 'ssl',
  sslmode: 'ssl-mode',
  sslaccept: 'sslaccept',
  sslca: 'ssl-ca',
  sslrootcert: 'ssl-ca',
  sslcert: 'ssl-cert',
  sslkey: 'ssl-key',
  socket: 'socketPath',
  socketpath: 'socketPath',
}

function unknownParameter(name: string): string {
  const shown = /^[\w-]{1,40}$/.test(name) ? `the parameter ${name}` : 'a parameter'
  return `without ${shown}, which is not known here. Known are ssl-mode, ssl-ca, ssl-cert, ssl-key, ssl, sslaccept and socketPath`
}

function tlsOf(parameters: ReadonlyMap<string, string>): Tls | null {
  const file = (name: string) => parameters.get(name) || null
  const tls = { ca: file('ssl-ca'), cert: file('ssl-cert'), key: file('ssl-key'), verify: true }
  const choices = [...parameters].flatMap(([name, value]) => CHOICES[name]?.(value.trim()) ?? [])
  const isOff = choices.includes('off')
  const isOn = choices.some((choice) => choice !== 'off') || [tls.ca, tls.cert, tls.key].some(Boolean)
  if (isOff && isOn)
    throw new MysqlUrlError('without parameters that contradict each other: with TLS and without')
  if ((tls.cert === null) !== (tls.key === null))
    throw new MysqlUrlError('with both ssl-cert and ssl-key, or none of them')
  const mode = parameters.get('ssl-mode')?.trim().toLowerCase() ?? ''
  if (choices.includes('unverified') && mode.startsWith('verify'))
    throw new MysqlUrlError('without parameters that contradict each other: with verification and without')
  return isOn ? { ...tls, verify: !choices.includes('unverified') } : null
}

type Choice = 'off' | 'verified' | 'unverified'

const CHOICES: Partial<Record<string, (value: string) => Choice>> = {
  'ssl-mode': (value) => oneOf('ssl-mode', value.toLowerCase().replaceAll('_', '-'), SSL_MODES),
  sslaccept: (value) => oneOf('sslaccept', value, { strict: 'verified', accept_invalid_certs: 'unverified' }),
  ssl(value) {
    if (!value.startsWith('{')) return oneOf('ssl', value.toLowerCase(), SWITCH)
    const notation = { '{}': 'verified', '{"rejectUnauthorized":true}': 'verified' } as const
    const off = { '{"rejectUnauthorized":false}': 'unverified' } as const
    return oneOf('ssl', value.replaceAll(/\s/g, ''), { ...notation, ...off })
  },
}

/** `preferred` is missing, because an attacker on the network could force such a connection into clear text. */
const SSL_MODES = {
  disabled: 'off',
  disable: 'off',
  required: 'verified',
  require: 'verified',
  'verify-ca': 'verified',
  'verify-identity': 'verified',
  'verify-full': 'verified',
} as const

const SWITCH = {
  true: 'verified',
  '1': 'verified',
  on: 'verified',
  '': 'verified',
  false: 'off',
  '0': 'off',
  off: 'off',
} as const

function oneOf(name: string, value: string, choices: Partial<Record<string, Choice>>): Choice {
  const choice = Object.hasOwn(choices, value) ? choices[value] : undefined
  if (choice) return choice
  const expected = Object.keys(choices).filter(Boolean).join(', ')
  throw new MysqlUrlError(`with another value for ${name}; it can be ${expected}`)
}

/** Decodes percent-encoding. A percent sign that encodes nothing stands for itself, as in a password that was not encoded. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text.replace(/%(?![0-9a-f]{2})/gi, '%25'))
  } catch {
    throw new MysqlUrlError('an address whose user and password have a % written as %25')
  }
}

/** The options of mysql2 for the address. @throws StartError when a file cannot be read */
export async function connectionOptions({ socketPath, tls }: MysqlAddress) {
  return {
    ...(socketPath !== null && { socketPath }),
    ...(tls && {
      ssl: {
        ...(tls.ca !== null && { ca: await readPem('ssl-ca', tls.ca) }),
        ...(tls.cert !== null && { cert: await readPem('ssl-cert', tls.cert) }),
        ...(tls.key !== null && { key: await readPem('ssl-key', tls.key) }),
        rejectUnauthorized: tls.verify,
        verifyIdentity: tls.verify,
      },
    }),
  }
}

async function readPem(parameter: string, path: string): Promise<string> {
  const { readFile } = await import('node:fs/promises')
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new StartError(`The file ${path}, named by ${parameter} in DATABASE_URL, cannot be read: ${code}.`)
  }
}
