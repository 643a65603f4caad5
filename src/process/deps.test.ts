import { afterAll, describe, expect, test } from 'bun:test'
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startRedis } from '../../scripts/servers.ts'
import { backends, type Env, newFolder, openChat, sqlite } from '../../test/support/chat.ts'
import { paths } from '../../web/paths.ts'
import { StartError } from '../http/errors.ts'
import { readConfig } from './config.ts'
import { openDeps } from './deps.ts'
import { openLog } from './log.ts'

const folder = newFolder()
afterAll(() => rmSync(folder, { recursive: true }))
const quiet = await openLog({ logLevel: 'silent' })
const open = (env: Env, startTimeout = 0) =>
  openDeps(readConfig({ DATA_DIR: folder, ...env }), quiet, { startTimeout })
/** The sentence printed for the operator. */
const sentence = async (env: Env, startTimeout?: number) => {
  const error = await open(env, startTimeout).then(
    () => null,
    (error) => error,
  )
  expect(error).toBeInstanceOf(StartError)
  expect(error.message).toMatch(/^[A-Z][^\n]+[^\n:]$/)
  return error.message
}

describe.each(backends)('a first start, on $name,', async (backend) => {
  const [one, two] = [await openChat(backend), await openChat(backend)]
  afterAll(() => Promise.all([one.close(), two.close()]))
  const secretOf = ({ env }: { env: Env }) => join(env.DATA_DIR!, 'jwt-secret')

  test('creates a secret of its own, readable by its user only', () => {
    const secrets = [one, two].map((chat) => readFileSync(secretOf(chat), 'utf8'))
    expect(secrets[0]).not.toBe(secrets[1])
    for (const secret of secrets) expect(Buffer.from(secret, 'base64url').length).toBeGreaterThanOrEqual(32)
    for (const chat of [one, two]) expect(statSync(secretOf(chat)).mode & 0o777).toBe(0o600)
  })

  test('creates files that are readable by their user only', () => {
    const files = readdirSync(one.env.DATA_DIR!)
    expect(files).toContain('jwt-secret')
    if (backend === sqlite) expect(files).toContain('chatapp.sqlite')
    for (const file of files) expect(statSync(join(one.env.DATA_DIR!, file)).mode & 0o077).toBe(0)
  })

  test('creates a folder that is accessible to its user only', async () => {
    const DATA_DIR = join(folder, 'new', 'data')
    await (await open({ DATA_DIR })).close()
    expect(statSync(DATA_DIR).mode & 0o777).toBe(0o700)
  })

  test('creates no account', async () => {
    const [row] = await one.deps.orm.em.execute<{ users: number }[]>('select count(*) as users from user')
    expect(row!.users).toBe(0)
  })

  test('stores a secret that later starts reuse, so that sessions stay valid', async () => {
    const ada = await one.signUp('ada')
    const again = await openChat(backend, { env: one.env })
    const response = await again.stranger().fetch(paths.api.session, {
      headers: { authorization: `Bearer ${ada.token}` },
    })
    expect(response.status).toBe(200)
    await again.close()
  })

  test('creates no secret when JWT_SECRET is set', async () => {
    const DATA_DIR = join(folder, 'given')
    await (await open({ DATA_DIR, JWT_SECRET: crypto.randomUUID() })).close()
    expect(existsSync(join(DATA_DIR, 'jwt-secret'))).toBe(false)
  })

  test('creates no folder when database, secret and mail server are elsewhere', async () => {
    const DATA_DIR = join(folder, 'unused')
    const elsewhere = { JWT_SECRET: crypto.randomUUID(), SMTP_URL: 'smtp://127.0.0.1:1' }
    await (await open({ ...one.env, ...elsewhere, DATA_DIR })).close()
    expect(existsSync(DATA_DIR)).toBe(backend === sqlite)
    rmSync(DATA_DIR, { recursive: true, force: true })
  })
})

describe('a failing start reports in one sentence', () => {
  test('that the data folder is not writable', async () => {
    writeFileSync(join(folder, 'file'), '')
    const DATA_DIR = join(folder, 'file', 'data')
    expect(await sentence({ DATA_DIR })).toBe(
      `DATA_DIR ${DATA_DIR} is not writable. Make it writable, or set another folder.`,
    )
  })

  test('that the database file is not a database', async () => {
    const DATA_DIR = join(folder, 'corrupt')
    await (await open({ DATA_DIR })).close()
    writeFileSync(join(DATA_DIR, 'chatapp.sqlite'), 'not a database '.repeat(1000))
    expect(await sentence({ DATA_DIR })).toBe('The database cannot be used: file is not a database')
  })

  test('that the database is unavailable, after the timeout', async () => {
    const reported = await sentence({ DATABASE_URL: 'mysql://root@127.0.0.1:1/chatapp' }, 0.3)
    expect(reported).toMatch(/^The database was unavailable for 0\.3 seconds: .*ECONNREFUSED/)
  })

  test('that the database denies access, immediately', async () => {
    const url = new URL(process.env.TEST_DATABASE_URL!)
    Object.assign(url, { username: 'nobody', password: 'hunter2', pathname: '/chatapp' })
    const reported = await sentence({ DATABASE_URL: url.href })
    expect(reported).toMatch(/^The database cannot be used: .*denied/i)
    expect(reported).not.toContain('hunter2')
  })

  test('that Redis is unavailable, after the timeout', async () => {
    expect(await sentence({ REDIS_URL: 'redis://127.0.0.1:1' }, 0.3)).toMatch(
      /^Redis was unavailable for 0\.3 seconds: .*ECONNREFUSED/,
    )
  })

  test('that Redis denies access, immediately', async () => {
    const url = new URL(process.env.TEST_REDIS_URL!)
    url.password = 'hunter2'
    expect(await sentence({ REDIS_URL: url.href })).toMatch(/^Redis cannot be used: /)
  })

  test('that the Redis user lacks rights, immediately', async () => {
    const url = new URL(process.env.TEST_REDIS_URL!)
    const admin = new Bun.RedisClient(url.href)
    await admin.send('ACL', ['SETUSER', 'limited', 'reset', 'on', '>secret', '~*', '+@all', '-eval'])
    admin.close()
    Object.assign(url, { username: 'limited', password: 'secret' })
    expect(await sentence({ REDIS_URL: url.href })).toBe(
      'The Redis user limited lacks rights. Grant them with ACL SETUSER limited &user:* &probe:* +eval',
    )
  })

  test('that the sentinels and the nodes of a cluster are unavailable, after the timeout', async () => {
    for (const REDIS_URL of ['redis+sentinel://127.0.0.1:1/chat', 'redis+cluster://127.0.0.1:1,127.0.0.1:2'])
      expect(await sentence({ REDIS_URL }, 0.3)).toMatch(
        /^Redis was unavailable for 0\.3 seconds: .*ECONNREFUSED/,
      )
  })

  test('that the server is not a cluster, immediately', async () => {
    const url = process.env.TEST_REDIS_URL!.replace('redis://', 'redis+cluster://')
    expect(await sentence({ REDIS_URL: url })).toMatch(/^Redis cannot be used: .*cluster/i)
  })

  test('that a file for TLS is missing, before the database is opened', async () => {
    const DATA_DIR = join(folder, 'untouched')
    const REDIS_CA = join(folder, 'missing.pem')
    expect(await sentence({ DATA_DIR, REDIS_URL: 'rediss://127.0.0.1:1', REDIS_CA })).toBe(
      `REDIS_CA ${REDIS_CA} cannot be read (ENOENT). Set it to a file in PEM format.`,
    )
    expect(existsSync(DATA_DIR)).toBe(false)
  })
})

test('a start waits for a Redis that starts at the same time', async () => {
  const redis = await startRedis()
  await redis.kill()
  const { promise: waiting, resolve } = Promise.withResolvers<void>()
  const log = await openLog(
    { logLevel: 'warn' },
    { write: (line) => void (line.includes('Redis is unavailable, retrying') && resolve()) },
  )
  const opening = openDeps(readConfig({ DATA_DIR: folder, REDIS_URL: redis.url }), log)
  await waiting
  await redis.restart()
  const deps = await opening
  await deps.bus.ping()
  await deps.close()
  await redis.stop()
}, 180_000)
