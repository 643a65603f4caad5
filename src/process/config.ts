import { isIP } from 'node:net'
import * as v from 'valibot'
import { DIRECTORY, INVITES, SIGN_UP, TWO_FACTOR } from '../accounts/sign-in/limits.ts'
import { type MysqlUrlError, parseMysqlUrl } from '../database/mysql-url.ts'
import { isGuessable, isStrongSecret } from './guessable-secret.ts'
import { parseRedisUrl, RedisUrlError } from './redis-target.ts'

/** The validated settings. Times in seconds, sizes in bytes. */
export type Config = {
  host: string
  port: number
  /** Processes that share the port. */
  processes: number
  /** The public URL, without a slash at the end. */
  origin: string
  dataDir: string
  /** A `mysql://` URL; null means SQLite in `dataDir`. */
  databaseUrl: string | null
  /** Parsed by `parseRedisUrl`; null means one process with its bus in memory. */
  redisUrl: string | null
  /** Files in PEM format for connections to Redis over TLS; null means public authorities, and no client certificate. */
  redisTls: { ca: string | null; certificate: string | null; key: string | null }
  /** An `smtp://` or `smtps://` URL; null means that mails are written to files in `dataDir`. */
  smtpUrl: string | null
  /** The sender of mails: an address, or a name and an address. */
  mailFrom: string
  /** The first signs tokens, all of them verify; null means the secret in `dataDir`, created at the first start. */
  jwtSecrets: readonly string[] | null
  /** The OpenID Connect provider that signs users in; null without one. */
  openId: { issuer: string; clientId: string; clientSecret: string; name: string } | null
  /** Whether users may sign in and sign up with a password. */
  passwords: boolean
  /** Addresses and networks of the proxies whose `X-Forwarded-For` is trusted. */
  trustedProxies: readonly string[]
  /** Seconds after which a browser session ends, however often it is used. */
  sessionLifetime: number
  messagesToLoad: number
  /** Bytes of messages that one user may store; null means no limit. */
  textQuota: number | null
  rateLimits: boolean
  /** Who may create an account. */
  signUp: (typeof SIGN_UP)[number]
  /** Who may invite people. */
  invites: (typeof INVITES)[number]
  /** Whom people find besides their contacts. */
  directory: (typeof DIRECTORY)[number]
  /** Who must have a second factor: an authenticator app or a passkey. */
  twoFactor: (typeof TWO_FACTOR)[number]
  /** Whether administrators may search and read all messages. */
  adminReadsMessages: boolean
  /** null means no metrics. */
  metricsPort: number | null
  /** The bearer token that protects the metrics; null means no protection. */
  metricsToken: string | null
  /** Whether traces are exported; OpenTelemetry reads its other settings itself. */
  traces: boolean
  logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'
}

/** Invalid settings. `faults` names each of them, never its value. */
export class ConfigError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(faults.join('\n'))
    this.name = 'ConfigError'
  }
}

/** An email address, alone or after a name. */
const MAILBOX = /^(?:[^<>@,;:"\\\p{C}]+ <[^\s<>@,;:"]+@[^\s<>@,;:"]+>|[^\s<>@,;:"]+@[^\s<>@,;:"]+)$/u

const SWITCH = v.picklist(['on', 'off'], 'on or off')

const DAY = 24 * 60 * 60

/** Seconds of the units of a duration. */
const UNITS = { m: 60, h: 60 * 60, d: DAY }

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

const fields = v.object({
  HOST: v.optional(v.string(), 'localhost'),
  PORT: v.optional(wholeNumber(0, 65_535), '3000'),
  PROCESSES: v.optional(wholeNumber(1, 256), '1'),
  ORIGIN: v.optional(text(isOrigin, 'an http(s) address without a path, such as https://chat.example.org')),
  DATA_DIR: v.optional(v.string(), './data'),
  DATABASE_URL: v.optional(v.pipe(v.string(), v.rawCheck(checkMysqlUrl))),
  REDIS_URL: v.optional(
    v.pipe(
      v.string(),
      v.check(
        (value) => redisUrlFault(value) === null,
        ({ input }) => redisUrlFault(input)!,
      ),
    ),
  ),
  REDIS_CA: v.optional(v.string()),
  REDIS_CERTIFICATE: v.optional(v.string()),
  REDIS_KEY: v.optional(v.string()),
  SMTP_URL: v.optional(url(['smtp:', 'smtps:'], 'smtp://user:password@host:port')),
  MAIL_FROM: v.optional(
    text((value) => MAILBOX.test(value), 'an address, alone or after a name: ChatApp <chat@example.org>'),
  ),
  JWT_SECRET: v.optional(
    list(
      (secrets) => secrets.length > 0 && secrets.every(isStrongSecret),
      'at least 32 bytes that nobody can guess, such as the output of `openssl rand -hex 32`; separate several by commas',
    ),
  ),
  OIDC_ISSUER: v.optional(
    text(
      isIssuer,
      'an https address such as https://id.example.org/realms/main; http is accepted for this machine only',
    ),
  ),
  OIDC_CLIENT_ID: v.optional(v.string()),
  OIDC_CLIENT_SECRET: v.optional(v.string()),
  OIDC_NAME: v.optional(text((value) => [...value].length <= 40, 'at most 40 characters')),
  PASSWORDS: v.optional(SWITCH, 'on'),
  TRUSTED_PROXIES: v.optional(
    list(
      (networks) => networks.every(isNetwork),
      'addresses or networks, such as 127.0.0.1, 10.0.0.0/8 or fd00::/8',
    ),
    '',
  ),
  SESSION_LIFETIME: v.optional(duration({ least: 5 * 60, most: 3650 * DAY }), '90d'),
  MESSAGES_TO_LOAD: v.optional(wholeNumber(1, 100), '15'),
  TEXT_QUOTA: v.optional(size(), '1 GB'),
  RATE_LIMITS: v.optional(SWITCH, 'on'),
  SIGN_UP: v.optional(v.picklist(SIGN_UP, 'open, invite or closed'), 'open'),
  INVITES: v.optional(v.picklist(INVITES, 'admins or everybody'), 'admins'),
  DIRECTORY: v.optional(v.picklist(DIRECTORY, 'everybody or exact'), 'everybody'),
  TWO_FACTOR: v.optional(v.picklist(TWO_FACTOR, 'optional, admins or required'), 'optional'),
  ADMIN_READS_MESSAGES: v.optional(SWITCH, 'off'),
  METRICS_PORT: v.optional(wholeNumber(0, 65_535)),
  METRICS_TOKEN: v.optional(
    text(
      (value) => /^[!-~]{16,}$/.test(value) && !isGuessable(value, { least: 16 }),
      'at least 16 letters, digits and signs that nobody can guess, such as the output of `openssl rand -hex 32`',
    ),
  ),
  OTEL_EXPORTER_OTLP_ENDPOINT: v.optional(url(['http:', 'https:'], 'http://localhost:4318')),
  LOG_LEVEL: v.optional(v.picklist(LEVELS, `one of ${LEVELS.join(', ')}`), 'info'),
})

const settingsSchema = v.pipe(
  fields,
  v.forward(
    v.check(
      ({ METRICS_PORT, METRICS_TOKEN }) => METRICS_PORT !== undefined || METRICS_TOKEN === undefined,
      'set when METRICS_TOKEN is set',
    ),
    ['METRICS_PORT'],
  ),
  v.forward(
    v.check(
      ({ OIDC_ISSUER, OIDC_CLIENT_ID }) => (OIDC_ISSUER === undefined) === (OIDC_CLIENT_ID === undefined),
      'set together with OIDC_ISSUER',
    ),
    ['OIDC_CLIENT_ID'],
  ),
  v.forward(
    v.check(
      ({ OIDC_ISSUER, OIDC_CLIENT_SECRET }) =>
        (OIDC_ISSUER === undefined) === (OIDC_CLIENT_SECRET === undefined),
      'set together with OIDC_ISSUER',
    ),
    ['OIDC_CLIENT_SECRET'],
  ),
  v.forward(
    v.check(
      ({ OIDC_ISSUER, PASSWORDS }) => PASSWORDS === 'on' || OIDC_ISSUER !== undefined,
      'on unless OIDC_ISSUER is set: nobody could sign in',
    ),
    ['PASSWORDS'],
  ),
)

/**
 * Reads the settings from environment variables; an empty variable counts as not set.
 * @throws ConfigError with all faults
 */
export function readConfig(env: Record<string, string | undefined>): Config {
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const parsed = v.safeParse(settingsSchema, present)
  if (!parsed.success) {
    throw new ConfigError(parsed.issues.map((issue) => `${v.getDotPath(issue)} must be ${issue.message}.`))
  }
  const settings = parsed.output
  if (settings.PROCESSES > 1 && !settings.REDIS_URL) {
    throw new ConfigError([
      'PROCESSES must be 1 unless REDIS_URL is set: processes exchange events over Redis.',
    ])
  }
  const tlsFaults = redisTlsFaults(settings)
  if (tlsFaults.length > 0) throw new ConfigError(tlsFaults)
  const origin = settings.ORIGIN ? new URL(settings.ORIGIN).origin : `http://localhost:${settings.PORT}`
  return {
    host: settings.HOST,
    port: settings.PORT,
    processes: settings.PROCESSES,
    origin,
    dataDir: settings.DATA_DIR,
    databaseUrl: settings.DATABASE_URL ?? null,
    redisUrl: settings.REDIS_URL ?? null,
    redisTls: {
      ca: settings.REDIS_CA ?? null,
      certificate: settings.REDIS_CERTIFICATE ?? null,
      key: settings.REDIS_KEY ?? null,
    },
    smtpUrl: settings.SMTP_URL ?? null,
    mailFrom: settings.MAIL_FROM ?? `ChatApp <chatapp@${new URL(origin).hostname}>`,
    jwtSecrets: settings.JWT_SECRET ?? null,
    openId: settings.OIDC_ISSUER
      ? {
          issuer: settings.OIDC_ISSUER,
          clientId: settings.OIDC_CLIENT_ID!,
          clientSecret: settings.OIDC_CLIENT_SECRET!,
          name: settings.OIDC_NAME ?? new URL(settings.OIDC_ISSUER).hostname,
        }
      : null,
    passwords: settings.PASSWORDS === 'on',
    trustedProxies: settings.TRUSTED_PROXIES,
    sessionLifetime: settings.SESSION_LIFETIME,
    messagesToLoad: settings.MESSAGES_TO_LOAD,
    textQuota: settings.TEXT_QUOTA,
    rateLimits: settings.RATE_LIMITS === 'on',
    signUp: settings.SIGN_UP,
    invites: settings.INVITES,
    directory: settings.DIRECTORY,
    twoFactor: settings.TWO_FACTOR,
    adminReadsMessages: settings.ADMIN_READS_MESSAGES === 'on',
    metricsPort: settings.METRICS_PORT ?? null,
    metricsToken: settings.METRICS_TOKEN ?? null,
    traces: settings.OTEL_EXPORTER_OTLP_ENDPOINT !== undefined,
    logLevel: settings.LOG_LEVEL,
  }
}

/** Adds the reason why the URL cannot be used. */
function checkMysqlUrl({ dataset, addIssue }: Parameters<Parameters<typeof v.rawCheck<string>>[0]>[0]): void {
  try {
    if (dataset.typed) parseMysqlUrl(dataset.value)
  } catch (error) {
    addIssue({ message: (error as MysqlUrlError).message })
  }
}

function text(fits: (value: string) => boolean, expected: string) {
  return v.pipe(v.string(), v.check(fits, expected))
}

function list(fits: (values: string[]) => boolean, expected: string) {
  return v.pipe(
    v.string(),
    v.transform((value) => value.split(/[\s,]+/).filter((item) => item)),
    v.check(fits, expected),
  )
}

function wholeNumber(low: number, high: number) {
  const expected = `a whole number from ${low} to ${high}`
  return v.pipe(
    text((value) => /^\d{1,9}$/.test(value) && Number(value) >= low && Number(value) <= high, expected),
    v.transform(Number),
  )
}

/** A duration such as `90d`, in seconds. */
function duration({ least, most }: { least: number; most: number }) {
  const seconds = (value: string) => {
    const [, count, unit] = /^(\d{1,6})([mhd])$/.exec(value) ?? []
    return Number(count) * UNITS[unit as keyof typeof UNITS]
  }
  return v.pipe(
    text(
      (value) => seconds(value) >= least && seconds(value) <= most,
      `minutes, hours or days, such as 30m, 12h or 90d, from ${least / 60}m to ${most / DAY}d`,
    ),
    v.transform(seconds),
  )
}

/** Bytes, as `500 MB` or `1 GB` with units of 1024; null for `off`. */
function size() {
  const units = { MB: 1024 ** 2, GB: 1024 ** 3 }
  return v.pipe(
    text((value) => /^(?:off|[1-9]\d{0,5} ?[MG]B)$/.test(value), 'a size such as 500 MB or 1 GB, or off'),
    v.transform((value) => {
      const [, count, unit] = /^(\d+) ?([MG]B)$/.exec(value) ?? []
      return unit ? Number(count) * units[unit as keyof typeof units] : null
    }),
  )
}

function url(protocols: readonly string[], example: string) {
  return text((value) => isUrl(value, protocols), `an address such as ${example}`)
}

/** The files need a URL that uses them: without TLS they would be ignored in silence. */
function redisTlsFaults(settings: v.InferOutput<typeof fields>): string[] {
  const { REDIS_URL = '', REDIS_CERTIFICATE, REDIS_KEY } = settings
  const names = ['REDIS_CA', 'REDIS_CERTIFICATE', 'REDIS_KEY'] as const
  const unused = REDIS_URL.startsWith('rediss') ? [] : names.filter((name) => settings[name] !== undefined)
  if (unused.length > 0)
    return unused.map((name) => `${name} must be used with a REDIS_URL that starts with rediss.`)
  if ((REDIS_CERTIFICATE === undefined) === (REDIS_KEY === undefined)) return []
  return ['REDIS_CERTIFICATE and REDIS_KEY must be set together.']
}

/** Returns the expected form of an invalid URL. */
function redisUrlFault(value: string): string | null {
  try {
    parseRedisUrl(value)
    return null
  } catch (error) {
    if (error instanceof RedisUrlError) return error.message
    throw error
  }
}

function isUrl(value: string, protocols: readonly string[]): boolean {
  return URL.canParse(value) && protocols.includes(new URL(value).protocol)
}

/** Plain http would show the codes to everyone on the way. */
function isIssuer(value: string): boolean {
  if (!URL.canParse(value)) return false
  const { protocol, hostname, search, hash, username } = new URL(value)
  const isSafe =
    protocol === 'https:' || (protocol === 'http:' && /^(?:localhost|127\.0\.0\.1|\[::1\])$/.test(hostname))
  return isSafe && !search && !hash && !username
}

function isOrigin(value: string): boolean {
  if (!URL.canParse(value)) return false
  const { protocol, pathname, search, hash, username } = new URL(value)
  return /^https?:$/.test(protocol) && pathname === '/' && !search && !hash && !username
}

function isNetwork(value: string): boolean {
  const [address = '', bits, ...more] = value.split('/')
  const version = isIP(address)
  if (!version || more.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 6 ? 128 : 32))
}
