import { afterAll, describe, expect, test } from 'bun:test'
import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { newFolder, sqlite } from '../../test/support/chat.ts'
import { startServer } from '../../test/support/server.ts'
import { readConfig } from './config.ts'
import { warnOfRisks } from './warnings.ts'

const folder = newFolder()
afterAll(() => rmSync(folder, { recursive: true }))

/** The warnings of a start, without their fields. */
function warningsOf(env: Record<string, string>): string[] {
  const warnings: string[] = []
  const warn = (...values: unknown[]) => void warnings.push(String(values.at(-1)))
  warnOfRisks(readConfig(env), { warn } as never)
  return warnings
}

describe('a start warns', () => {
  test('of nothing with the defaults, and behind a proxy with TLS', () => {
    expect(warningsOf({})).toEqual([])
    const METRICS_TOKEN = crypto.randomUUID()
    const HOST = '0.0.0.0'
    expect(
      warningsOf({ HOST, ORIGIN: 'https://chat.example.org', METRICS_PORT: '9464', METRICS_TOKEN }),
    ).toEqual([])
  })

  test('of missing rate limits', () => {
    expect(warningsOf({ RATE_LIMITS: 'off' })).toEqual([expect.stringMatching(/^RATE_LIMITS is off: /)])
  })

  test.each([
    [{ HOST: '0.0.0.0' }, 1],
    [{ HOST: '::' }, 1],
    [{ HOST: '192.168.1.5', ORIGIN: 'http://192.168.1.5:3000' }, 1],
    [{ HOST: 'chat.example.org' }, 1],
    [{ ORIGIN: 'http://chat.example.org' }, 1],
    [{ HOST: '127.0.0.1' }, 0],
    [{ HOST: '::1', ORIGIN: 'http://[::1]:3000' }, 0],
    [{ ORIGIN: 'http://chat.localhost:3000' }, 0],
    [{ HOST: '0.0.0.0', ORIGIN: 'https://chat.example.org' }, 0],
  ])('of clear text on the network: with %j, %d times', (env, times) => {
    expect(warningsOf(env)).toEqual(Array(times).fill(expect.stringMatching(/^ORIGIN is http: /)))
  })

  test.each([
    [{ HOST: '0.0.0.0', METRICS_PORT: '9464' }, 1],
    [{ HOST: '0.0.0.0', METRICS_PORT: '9464', METRICS_TOKEN: 'k7Qw2ZtNv9RbX4Lm' }, 0],
    [{ METRICS_PORT: '9464' }, 0],
  ])('of metrics that are open to the network: with %j, %d times', (env, times) => {
    const warnings = warningsOf({ ORIGIN: 'https://chat.example.org', ...env })
    expect(warnings).toEqual(Array(times).fill(expect.stringContaining('can read the metrics')))
  })

  test('of a mail password in clear text, and of a database that is not verified', () => {
    expect(warningsOf({ SMTP_URL: 'smtp://me:secret@mail?requireTLS=false' })).toHaveLength(1)
    for (const SMTP_URL of [
      'smtp://me:secret@mail',
      'smtp://mail?requireTLS=false',
      'smtp://me:secret@localhost?requireTLS=false',
    ])
      expect(warningsOf({ SMTP_URL })).toEqual([])
    const DATABASE_URL = 'mysql://me:secret@db/chat?sslaccept'
    expect(warningsOf({ DATABASE_URL: `${DATABASE_URL}=accept_invalid_certs` })).toHaveLength(1)
    expect(warningsOf({ DATABASE_URL: `${DATABASE_URL}=strict` })).toEqual([])
  })

  test.each([
    ['secret', 1],
    ['changeme-changeme-changeme', 1],
    ['0f8b1c9e-6a57-4d21-93fe-b7c2e4a81d60', 0],
  ])('of a guessable client secret: %s, %d times', (OIDC_CLIENT_SECRET, times) => {
    const warnings = warningsOf({
      OIDC_ISSUER: 'https://id.example.org',
      OIDC_CLIENT_ID: 'chat',
      OIDC_CLIENT_SECRET,
    })
    expect(warnings).toEqual(Array(times).fill(expect.stringContaining('OIDC_CLIENT_SECRET')))
  })

  test('of private keys that other users can read or replace', () => {
    const key = join(folder, 'chat.key')
    writeFileSync(key, '')
    const redis = { REDIS_URL: 'rediss://cache', REDIS_CERTIFICATE: 'chat.pem', REDIS_KEY: key }
    const database = { DATABASE_URL: `mysql://db/chat?ssl-cert=chat.pem&ssl-key=${key}` }
    for (const [mode, times] of [
      [0o644, 1],
      [0o604, 1],
      [0o660, 1],
      [0o640, 0],
      [0o400, 0],
    ] as const) {
      chmodSync(key, mode)
      for (const env of [redis, database])
        expect(warningsOf(env)).toEqual(Array(times).fill(expect.stringContaining('private key')))
    }
  })

  test('in one line each, at the level warn', async () => {
    const server = await startServer(sqlite, {
      HOST: '0.0.0.0',
      METRICS_PORT: '0',
      RATE_LIMITS: 'off',
    })
    const { stdout } = await server.close()
    const lines = stdout.split('\n').filter((line) => line.startsWith('{'))
    expect(lines.map((line) => JSON.parse(line).level)).toEqual([40, 40, 40])
  }, 180_000)
})
