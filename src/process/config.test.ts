import { describe, expect, test } from 'bun:test'
import { randomBytes } from 'node:crypto'
import { ConfigError, readConfig } from './config.ts'

// Secrets of exactly the minimum length.
const HEX = '5ea1c07f93b24d68e2710fbc84d95a36'
const UUID = '0f8b1c9e-6a57-4d21-93fe-b7c2e4a81d60'
const CYRILLIC = 'жёщэбяйфцгюхздпл'
const TOKEN = 'k7Qw2ZtNv9RbX4Lm'

/** The errors of an environment. */
function faultsOf(env: Record<string, string>): readonly string[] {
  try {
    readConfig(env)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.faults
    throw error
  }
}

describe('the settings', () => {
  test('all have defaults', () => {
    const defaults = {
      host: 'localhost',
      port: 3000,
      processes: 1,
      origin: 'http://localhost:3000',
      dataDir: './data',
      databaseUrl: null,
      redisUrl: null,
      redisTls: { ca: null, certificate: null, key: null },
      smtpUrl: null,
      mailFrom: 'ChatApp <chatapp@localhost>',
      jwtSecrets: null,
      openId: null,
      passwords: true,
      trustedProxies: [],
      messagesToLoad: 15,
      sessionLifetime: 90 * 24 * 60 * 60,
      textQuota: 1024 ** 3,
      rateLimits: true,
      signUp: 'open' as const,
      invites: 'admins' as const,
      directory: 'everybody' as const,
      twoFactor: 'optional' as const,
      adminReadsMessages: false,
      metricsPort: null,
      metricsToken: null,
      traces: false,
      logLevel: 'info' as const,
    }
    expect(readConfig({})).toEqual(defaults)
    const empty = Object.fromEntries(
      ['HOST', 'PORT', 'ORIGIN', 'DATABASE_URL', 'JWT_SECRET', 'RATE_LIMITS'].map((name) => [name, '']),
    )
    expect(readConfig({ ...empty, SOMETHING_ELSE: 'x' })).toEqual(defaults)
  })

  test('are read from the environment', () => {
    expect(
      readConfig({
        HOST: '0.0.0.0',
        PORT: '8080',
        PROCESSES: '4',
        ORIGIN: 'https://Chat.Example.org:443/',
        DATA_DIR: '/var/lib/chatapp',
        DATABASE_URL: 'mysql://chat:secret@db:3306/chat',
        REDIS_URL: 'rediss://cache:6379',
        REDIS_CA: '/etc/redis/ca.pem',
        REDIS_CERTIFICATE: '/etc/redis/chat.pem',
        REDIS_KEY: '/etc/redis/chat.key',
        SMTP_URL: 'smtp://user:secret@mail:25',
        MAIL_FROM: 'The chat <chat@example.org>',
        JWT_SECRET: `${HEX}, ${UUID}`,
        OIDC_ISSUER: 'https://id.example.org/realms/main',
        OIDC_CLIENT_ID: 'chat',
        OIDC_CLIENT_SECRET: 'secret',
        PASSWORDS: 'off',
        TRUSTED_PROXIES: '10.0.0.0/8, ::1',
        MESSAGES_TO_LOAD: '30',
        SESSION_LIFETIME: '12h',
        TEXT_QUOTA: '500 MB',
        RATE_LIMITS: 'off',
        SIGN_UP: 'closed',
        INVITES: 'everybody',
        DIRECTORY: 'exact',
        TWO_FACTOR: 'required',
        ADMIN_READS_MESSAGES: 'on',
        METRICS_PORT: '9464',
        METRICS_TOKEN: TOKEN,
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
        LOG_LEVEL: 'debug',
      }),
    ).toEqual({
      host: '0.0.0.0',
      port: 8080,
      processes: 4,
      origin: 'https://chat.example.org',
      dataDir: '/var/lib/chatapp',
      databaseUrl: 'mysql://chat:secret@db:3306/chat',
      redisUrl: 'rediss://cache:6379',
      redisTls: { ca: '/etc/redis/ca.pem', certificate: '/etc/redis/chat.pem', key: '/etc/redis/chat.key' },
      smtpUrl: 'smtp://user:secret@mail:25',
      mailFrom: 'The chat <chat@example.org>',
      jwtSecrets: [HEX, UUID],
      openId: {
        issuer: 'https://id.example.org/realms/main',
        clientId: 'chat',
        clientSecret: 'secret',
        name: 'id.example.org',
      },
      passwords: false,
      trustedProxies: ['10.0.0.0/8', '::1'],
      messagesToLoad: 30,
      sessionLifetime: 12 * 60 * 60,
      textQuota: 500 * 1024 ** 2,
      rateLimits: false,
      signUp: 'closed',
      invites: 'everybody',
      directory: 'exact',
      twoFactor: 'required',
      adminReadsMessages: true,
      metricsPort: 9464,
      metricsToken: TOKEN,
      traces: true,
      logLevel: 'debug',
    })
  })

  test('of an OpenID provider are complete, and not in clear text on a network', () => {
    const client = { OIDC_CLIENT_ID: 'chat', OIDC_CLIENT_SECRET: 'secret' }
    for (const OIDC_ISSUER of ['https://id.example.org', 'http://localhost:8080', 'http://[::1]:80/x'])
      expect(faultsOf({ ...client, OIDC_ISSUER })).toEqual([])
    for (const OIDC_ISSUER of [
      'id.example.org',
      'http://id.example.org',
      'https://a:b@id.example.org',
      'ftp://id',
    ])
      expect(faultsOf({ ...client, OIDC_ISSUER })).toEqual([
        expect.stringMatching(/^OIDC_ISSUER must be an https/),
      ])
    expect(faultsOf({ OIDC_ISSUER: 'https://id.example.org' })).toEqual([
      'OIDC_CLIENT_ID must be set together with OIDC_ISSUER.',
      'OIDC_CLIENT_SECRET must be set together with OIDC_ISSUER.',
    ])
    expect(faultsOf(client)).toHaveLength(2)
    expect(faultsOf({ PASSWORDS: 'off' })).toEqual([
      'PASSWORDS must be on unless OIDC_ISSUER is set: nobody could sign in.',
    ])
  })

  test('derive the origin from the port by default', () => {
    expect(readConfig({ PORT: '8080' }).origin).toBe('http://localhost:8080')
  })

  test('allow several processes only with Redis', () => {
    expect(faultsOf({ PROCESSES: '2' })).toEqual([
      'PROCESSES must be 1 unless REDIS_URL is set: processes exchange events over Redis.',
    ])
    expect(faultsOf({ PROCESSES: '256', REDIS_URL: 'redis://cache' })).toEqual([])
  })

  test('derive the sender of mails from the origin by default', () => {
    expect(readConfig({ ORIGIN: 'https://chat.example.org:8443' }).mailFrom).toBe(
      'ChatApp <chatapp@chat.example.org>',
    )
  })

  test('are all reported at once if invalid, with the expected form and without their value', () => {
    const faults = faultsOf({
      PORT: 'hunter2',
      ORIGIN: 'hunter2',
      DATABASE_URL: 'postgres://hunter2',
      REDIS_URL: 'hunter2',
      SMTP_URL: 'http://hunter2',
      MAIL_FROM: 'hunter2',
      JWT_SECRET: 'hunter2',
      TRUSTED_PROXIES: 'hunter2',
      MESSAGES_TO_LOAD: '0',
      TEXT_QUOTA: '0 MB',
      RATE_LIMITS: 'maybe',
      METRICS_PORT: 'hunter2',
      METRICS_TOKEN: 'hunter2',
      OTEL_EXPORTER_OTLP_ENDPOINT: 'hunter2',
      LOG_LEVEL: 'loud',
    })
    expect(faults.map((fault) => fault.split(' must be ')[0])).toEqual([
      'PORT',
      'ORIGIN',
      'DATABASE_URL',
      'REDIS_URL',
      'SMTP_URL',
      'MAIL_FROM',
      'JWT_SECRET',
      'TRUSTED_PROXIES',
      'MESSAGES_TO_LOAD',
      'TEXT_QUOTA',
      'RATE_LIMITS',
      'METRICS_PORT',
      'METRICS_TOKEN',
      'OTEL_EXPORTER_OTLP_ENDPOINT',
      'LOG_LEVEL',
    ])
    for (const fault of faults) expect(fault).toMatch(/^[A-Z_]+ must be .{9,}\.$/)
    expect(faults.join()).not.toContain('hunter2')
  })

  test.each([
    ['PORT', ['-1', '65536', '3000.5', '1e3', '0x50', ' 80', '80 ', 'http'], ['0', '65535']],
    ['PROCESSES', ['0', '-1', '257', '1.5', 'all', '2'], ['1']],
    ['SESSION_LIFETIME', ['0', '90', '4m', '1.5h', '9999d', 'never', '-1d'], ['5m', '12h', '3650d']],
    ['TEXT_QUOTA', ['0 MB', '1', '1 TB', '1.5 GB', '-1 GB', 'GB', ' '], ['1 MB', '1MB', '200 GB', 'off']],
    ['MESSAGES_TO_LOAD', ['0', '101', '15.5', 'all'], ['1', '100']],
    ['SIGN_UP', ['OPEN', 'on', 'invites'], ['open', 'invite', 'closed']],
    ['DIRECTORY', ['on', 'Exact'], ['everybody', 'exact']],
    ['TWO_FACTOR', ['on', 'off', 'admin'], ['optional', 'admins', 'required']],
    ['INVITES', ['on', 'all'], ['admins', 'everybody']],
    ['RATE_LIMITS', ['ON', 'true', '0'], ['on', 'off']],
    ['LOG_LEVEL', ['INFO', 'verbose'], ['silent', 'trace']],
    [
      'OTEL_EXPORTER_OTLP_ENDPOINT',
      ['collector:4318', 'grpc://collector', 'on'],
      ['http://collector:4318', 'https://otel.example.org/in'],
    ],
    ['METRICS_PORT', ['-1', '65536', 'on'], ['0', '9464']],
    [
      'JWT_SECRET',
      [HEX.slice(1), CYRILLIC.slice(1), `${HEX},short`, `${HEX},${'a'.repeat(32)}`, ' ', ','],
      [HEX, UUID, CYRILLIC, `${HEX} ${UUID},`],
    ],
    [
      'TRUSTED_PROXIES',
      ['proxy', '10.0.0', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', 'fd00::/129', '10.0.0.1,all', '*'],
      ['10.0.0.1', '10.0.0.0/8', 'fd00::/8', '127.0.0.1, ::1', '0.0.0.0/0'],
    ],
    [
      'ORIGIN',
      [
        'chat.example.org',
        'ftp://a.b',
        'https://a.b/chat',
        'https://a.b/?x',
        'https://a.b/#x',
        'https://me@a.b',
        '//a.b',
      ],
      ['http://a.b', 'https://a.b/', 'http://[::1]:3000'],
    ],
    [
      'DATABASE_URL',
      [
        'mysql://db',
        'mysql://db/',
        'sqlite://x/y',
        'db',
        'mysql://db/chat#x',
        'mysql://me:%ff@db/chat',
        'mysql://db/chat?ssl=maybe',
        'mysql://db/chat?ssl-mode=preferred',
        'mysql://db/chat?ssl=false&ssl-ca=ca.pem',
        'mysql://db/chat?ssl-mode=verify-identity&sslaccept=accept_invalid_certs',
        'mysql://db/chat?ssl-cert=cert.pem',
        'mysql://db/chat?charset=latin1',
      ],
      [
        'mysql://db/chat',
        'mysql://me:p%ss@db/chat',
        'mysql://[::1]/chat?ssl={}',
        'mysql:///chat?socketPath=/run/db',
      ],
    ],
    [
      'REDIS_URL',
      ['http://cache', 'cache:6379', ':', 'redis://', 'redis://a,b', 'redis+sentinel://a', 'unix://cache'],
      ['redis://cache', 'rediss://:secret@cache:1/0', 'redis+cluster://a,b', 'unix:///run/redis.sock'],
    ],
    ['SMTP_URL', ['mail', 'mailto:a@b.c'], ['smtp://mail', 'smtps://mail:465']],
    [
      'MAIL_FROM',
      ['chat', '<a@b.c>', 'a@b.c, d@e.f', 'A, B <a@b.c>', 'A\r\nBcc: x <a@b.c>', 'a@b.c\n'],
      ['a@b.c', '聊天 <a@b.c>'],
    ],
  ])('%s is refused as %j, and taken as %j', (name, wrong, right) => {
    for (const value of wrong) expect([value, faultsOf({ [name]: value }).length]).toEqual([value, 1])
    for (const value of right) expect(faultsOf({ [name]: value })).toEqual([])
  })

  test.each([
    ...[
      'a'.repeat(32),
      '0'.repeat(64),
      `${'x'.repeat(31)}y`,
      'ab'.repeat(16),
      'Passw0rd!'.repeat(4),
      'ä'.repeat(16),
    ],
    ...['0123456789abcdef'.repeat(2), 'ABCDEFGHIJKLMNOPQRSTUVWXYZ123456', 'qwertyuiopasdfghjklzxcvbnm123456'],
    ...['aaabbbcccdddeeefffggghhhiiijjjkkk', 'secret123secret456secret789secret0'],
    ...['00112233445566778899aabbccddeeff', 'a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6', 'deadbeef'.repeat(4)],
    ...['a-string-secret-at-least-256-bits-long', 'must be set to at least 32 bytes'.replaceAll(' ', '_')],
    ...['please-change-this-secret-to-something', 'my-super-secret-key-that-is-at-least-32-characters-long'],
    ...['ThisIsMySuperSecretKeyForJWTTokens123', 'chatapp-jwt-secret-2026-please-change'],
  ])('refuse the secret %s, which can be guessed', (secret) => {
    expect(Buffer.byteLength(secret)).toBeGreaterThanOrEqual(32)
    expect(faultsOf({ JWT_SECRET: secret })).toEqual([expect.stringMatching(/that nobody can guess/)])
  })

  test.each([
    ...['a'.repeat(16), '1234567890123456', 'changeme-changeme', 'metrics-token-123', 'ABABABABABABABABAB'],
    ...['password12345678', 'a'.repeat(1000)],
  ])('refuse the metrics token %s, which can be guessed', (METRICS_TOKEN) => {
    expect(faultsOf({ METRICS_PORT: '0', METRICS_TOKEN })).toEqual([
      expect.stringMatching(/that nobody can guess/),
    ])
  })

  test('accept random secrets in any usual notation', () => {
    for (let n = 0; n < 300; n++) {
      const bytes = randomBytes(24)
      for (const secret of [bytes.toString('hex'), bytes.toString('base64'), crypto.randomUUID()])
        expect([secret, faultsOf({ JWT_SECRET: secret })]).toEqual([secret, []])
      const METRICS_TOKEN = randomBytes(12).toString('base64')
      expect([METRICS_TOKEN, faultsOf({ METRICS_PORT: '0', METRICS_TOKEN })]).toEqual([METRICS_TOKEN, []])
    }
    expect(faultsOf({ JWT_SECRET: 'velvet-canyon-91-maple-otter-drum' })).toEqual([])
  })

  test('require a metrics token to be long, printable and used with METRICS_PORT', () => {
    const faults = (METRICS_TOKEN: string) => faultsOf({ METRICS_PORT: '9464', METRICS_TOKEN })
    for (const token of [TOKEN.slice(1), 'two pieces of secrecy', CYRILLIC, `${TOKEN}\n`])
      expect(faults(token)).toHaveLength(1)
    for (const token of [TOKEN, 'a-_~+/=.:;!"#$%&']) expect(faults(token)).toEqual([])
    const alone = faultsOf({ METRICS_TOKEN: TOKEN })
    expect(alone).toEqual(['METRICS_PORT must be set when METRICS_TOKEN is set.'])
  })

  test('take files for Redis only with TLS, and a client certificate only with its key', () => {
    const tls = { REDIS_URL: 'rediss+cluster://a,b', REDIS_CERTIFICATE: 'chat.pem', REDIS_KEY: 'chat.key' }
    expect(faultsOf({ ...tls, REDIS_CA: 'ca.pem' })).toEqual([])
    expect(faultsOf({ ...tls, REDIS_KEY: '' })).toEqual([
      'REDIS_CERTIFICATE and REDIS_KEY must be set together.',
    ])
    for (const REDIS_URL of ['redis://cache', 'unix:///run/redis.sock', '']) {
      expect(faultsOf({ REDIS_URL, REDIS_CA: 'ca.pem' })).toEqual([
        'REDIS_CA must be used with a REDIS_URL that starts with rediss.',
      ])
    }
  })
})
