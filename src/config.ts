import { isIP } from 'node:net'
import { z } from 'zod'

/** What the environment decides, checked. Times in seconds, sizes in bytes. */
export type Config = {
  host: string
  port: number
  /** Processes that share the port. */
  processes: number
  /** What people type, without a slash at the end. */
  origin: string
  dataDir: string
  /** A `mysql://` URL; null means SQLite in `dataDir`. */
  databaseUrl: string | null
  /** A `redis://` or `rediss://` URL; null means one process with its bus in memory. */
  redisUrl: string | null
  /** An `smtp://` or `smtps://` URL; null means that mails are files in `dataDir`. */
  smtpUrl: string | null
  /** What mails are from: an address, or a name and an address. */
  mailFrom: string
  /** The first signs tokens, all of them open them; null means the one kept in `dataDir`, made at the first start. */
  jwtSecrets: readonly string[] | null
  /** Addresses and networks of the proxies whose word is taken about whom a request is from. */
  trustedProxies: readonly string[]
  messagesToLoad: number
  rateLimits: boolean
  /** Administrators may search and read the messages of everybody. */
  adminReadsMessages: boolean
  /** null means no metrics. */
  metricsPort: number | null
  /** What a reader of the metrics has to send; null means nothing. */
  metricsToken: string | null
  /** Whether traces are sent; OpenTelemetry reads the rest of its settings itself. */
  traces: boolean
  logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent'
}

/** The environment holds values that can't be used; `faults` names every one of them, never its value. */
export class ConfigError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(faults.join('\n'))
    this.name = 'ConfigError'
  }
}

const LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

const schema = z.object({
  HOST: z.string().default('localhost'),
  PORT: wholeNumber(0, 65_535, 3000),
  PROCESSES: wholeNumber(1, 256, 1),
  ORIGIN: z
    .string()
    .refine(isOrigin, 'an http(s) address without a path, such as https://chat.example.org')
    .optional(),
  DATA_DIR: z.string().default('./data'),
  DATABASE_URL: url(['mysql:'], 'mysql://user:password@host:port/database')
    .refine(
      (value) => new URL(value).pathname.length > 1,
      'an address that ends in the name of the database: mysql://user:password@host:port/database',
    )
    .optional(),
  REDIS_URL: url(['redis:', 'rediss:'], 'redis://host:port').optional(),
  SMTP_URL: url(['smtp:', 'smtps:'], 'smtp://user:password@host:port').optional(),
  MAIL_FROM: z
    .string()
    .regex(
      /^(?:[^<>@,;:"\\\p{C}]+ <[^\s<>@,;:"]+@[^\s<>@,;:"]+>|[^\s<>@,;:"]+@[^\s<>@,;:"]+)$/u,
      'an address, alone or after a name: ChatApp <chat@example.org>',
    )
    .optional(),
  JWT_SECRET: z
    .string()
    .transform((value) => value.split(/[\s,]+/).filter((secret) => secret))
    .refine(
      (secrets) => secrets.length > 0 && secrets.every((secret) => Buffer.byteLength(secret) >= 32),
      'at least 32 bytes, such as `openssl rand -hex 32` prints; several with a comma between',
    )
    .optional(),
  TRUSTED_PROXIES: z
    .string()
    .default('')
    .transform((value) => value.split(/[\s,]+/).filter((network) => network))
    .refine(
      (networks) => networks.every(isNetwork),
      'addresses or networks, such as 127.0.0.1, 10.0.0.0/8 or fd00::/8',
    ),
  MESSAGES_TO_LOAD: wholeNumber(1, 100, 15),
  RATE_LIMITS: z.enum(['on', 'off'], 'on or off').default('on'),
  ADMIN_READS_MESSAGES: z.enum(['on', 'off'], 'on or off').default('off'),
  METRICS_PORT: within(0, 65_535).optional(),
  METRICS_TOKEN: z
    .string()
    .regex(/^[!-~]{16,}$/, 'at least 16 letters, digits and signs, such as `openssl rand -hex 32` prints')
    .optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: url(['http:', 'https:'], 'http://localhost:4318').optional(),
  LOG_LEVEL: z.enum(LEVELS, `one of ${LEVELS.join(', ')}`).default('info'),
})

const whole = schema.refine(
  ({ METRICS_PORT, METRICS_TOKEN }) => METRICS_PORT !== undefined || METRICS_TOKEN === undefined,
  { path: ['METRICS_PORT'], message: 'set for METRICS_TOKEN to guard it' },
)

/**
 * Reads the settings from environment variables; an empty one counts as not set.
 * @throws ConfigError that lists all faults at once
 */
export function readConfig(env: Record<string, string | undefined>): Config {
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const parsed = whole.safeParse(present)
  if (!parsed.success) {
    throw new ConfigError(
      parsed.error.issues.map((issue) => `${issue.path.join('.')} must be ${issue.message}.`),
    )
  }
  const settings = parsed.data
  if (settings.PROCESSES > 1 && !settings.REDIS_URL) {
    throw new ConfigError([
      'PROCESSES must be 1, or REDIS_URL be set: without it they cannot tell each other.',
    ])
  }
  const origin = settings.ORIGIN ? new URL(settings.ORIGIN).origin : `http://localhost:${settings.PORT}`
  return {
    host: settings.HOST,
    port: settings.PORT,
    processes: settings.PROCESSES,
    origin,
    dataDir: settings.DATA_DIR,
    databaseUrl: settings.DATABASE_URL ?? null,
    redisUrl: settings.REDIS_URL ?? null,
    smtpUrl: settings.SMTP_URL ?? null,
    mailFrom: settings.MAIL_FROM ?? `ChatApp <chatapp@${new URL(origin).hostname}>`,
    jwtSecrets: settings.JWT_SECRET ?? null,
    trustedProxies: settings.TRUSTED_PROXIES,
    messagesToLoad: settings.MESSAGES_TO_LOAD,
    rateLimits: settings.RATE_LIMITS === 'on',
    adminReadsMessages: settings.ADMIN_READS_MESSAGES === 'on',
    metricsPort: settings.METRICS_PORT ?? null,
    metricsToken: settings.METRICS_TOKEN ?? null,
    traces: settings.OTEL_EXPORTER_OTLP_ENDPOINT !== undefined,
    logLevel: settings.LOG_LEVEL,
  }
}

function wholeNumber(low: number, high: number, preset: number) {
  return within(low, high).default(preset)
}

function within(low: number, high: number) {
  const expected = `a whole number from ${low} to ${high}`
  return z
    .string()
    .regex(/^\d{1,9}$/, expected)
    .transform(Number)
    .refine((value) => value >= low && value <= high, expected)
}

function url(protocols: readonly string[], example: string) {
  return z.string().refine((value) => URL.canParse(value) && protocols.includes(new URL(value).protocol), {
    message: `an address such as ${example}`,
    abort: true,
  })
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
