import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startRedisWith } from '../../../scripts/redis-servers.ts'
import { type Server, startRedis } from '../../../scripts/servers.ts'
import { noFiles, openRedis } from '../../../test/support/redis.ts'
import { StartError } from '../../http/errors.ts'
import { readRedisSettings } from '../../process/redis-settings.ts'
import { redisBus } from './redis.ts'
import { checkRights } from './redis-rights.ts'
import type { RedisServers } from './redis-servers.ts'

const log = { warn() {} }
const folder = mkdtempSync(join(tmpdir(), 'chatapp-redis-'))
const inFolder = (name: string) => join(folder, name)
afterAll(() => rmSync(folder, { recursive: true }))

/** Opens a bus at the URL, and checks that it works. */
async function works(url: string, options?: Parameters<typeof openRedis>[1]): Promise<void> {
  const servers = await openRedis(url, options)
  try {
    const bus = await redisBus(servers, log)
    await bus.ping()
    await bus.close()
  } finally {
    servers.destroy()
  }
}

describe('Redis over TLS', () => {
  let redis: Server
  const files = { ca: inFolder('ca.pem'), certificate: inFolder('chat.pem'), key: inFolder('chat.key') }

  beforeAll(async () => {
    for (const name of ['server', 'chat']) createCertificate(name)
    redis = await startRedisWith({
      options: (port) => [
        ...['--port', '0', '--tls-port', `${port}`, '--tls-auth-clients', 'yes'],
        ...['--tls-cert-file', inFolder('server.pem'), '--tls-key-file', inFolder('server.key')],
        ...['--tls-ca-cert-file', inFolder('ca.pem')],
      ],
      tls: files,
    })
  })
  afterAll(() => redis.stop())

  test('works with an own authority and a client certificate', async () => {
    await works(redis.url, { redisTls: files })
  })

  test('does not trust an unknown authority', async () => {
    await expect(openRedis(redis.url, { redisTls: { ...files, ca: null } })).rejects.toThrow(
      /self.signed|unable to (?:get|verify)|certificate/i,
    )
  })

  test('does not trust a certificate of another host', async () => {
    const url = redis.url.replace('127.0.0.1', '127.0.0.2')
    await expect(openRedis(url, { redisTls: files })).rejects.toThrow(/altname|ip|host/i)
  })

  test.each([
    ['REDIS_CA', 'missing.pem', 'cannot be read (ENOENT). Set it to a file in PEM format.'],
    ['REDIS_CA', 'chat.key', 'contains no certificate in PEM format.'],
    ['REDIS_KEY', 'chat.pem', 'contains no private key in PEM format.'],
  ])('reports before it connects that %s %s %s', (variable, name, reason) => {
    const redisTls = { ...noFiles, [variable === 'REDIS_CA' ? 'ca' : 'key']: inFolder(name) }
    expect(() => readRedisSettings({ redisUrl: 'rediss://127.0.0.1:1', redisTls })).toThrow(
      new StartError(`${variable} ${inFolder(name)} ${reason}`),
    )
  })
})

describe('Redis on a socket', () => {
  test('works', async () => {
    const redis = await startRedisWith({ options: () => ['--unixsocket', inFolder('redis.sock')] })
    const { password } = new URL(redis.url)
    await works(`unix://:${password}@${inFolder('redis.sock')}`)
    await works(`redis+unix://:${password}@${inFolder('redis.sock')}?db=3`)
    await redis.stop()
  })
})

describe('a Redis user', () => {
  let redis: Server
  let admin: RedisServers
  beforeAll(async () => {
    redis = await startRedis()
    admin = await openRedis(redis.url)
  })
  afterAll(async () => {
    admin.destroy()
    await redis.stop()
  })
  /** Checks the rights of a user. */
  async function check(...rights: string[]): Promise<void> {
    const { client } = admin.masters[0]!
    await client.sendCommand(['ACL', 'SETUSER', 'chat', 'reset', 'on', '>p%@ss', ...rights])
    const servers = await openRedis(redis.url.replace(/:[^:@]+@/, 'chat:p%25%40ss@'))
    try {
      await checkRights(servers, { user: 'chat', limitsPrefix: 'chatapp' })
      const bus = await redisBus(servers, log)
      await bus.ping()
      await bus.close()
    } finally {
      servers.destroy()
    }
  }
  const BUS = ['&user:*', '&probe:*', '+publish', '+subscribe', '+unsubscribe']
  const LIMITS = ['~chatapp:*', '+eval', '+set', '+incrby', '+pttl', '+del']

  test('needs no more than the documented rights', async () => {
    await check(...BUS, ...LIMITS)
  })

  test.each([
    ['&user:*', ['&probe:*']],
    ['&probe:*', ['&user:*']],
    ['+publish', BUS],
    ['+subscribe', BUS],
    ['+eval', BUS],
    ['+incrby', BUS],
    ['~chatapp:*', BUS],
  ])('without %s gets one sentence that names it', async (right) => {
    const granted = [...BUS, ...LIMITS].filter((one) => one !== right)
    const error = await check(...granted).then(
      () => null,
      (error) => error,
    )
    expect(error).toBeInstanceOf(StartError)
    expect(error.message).toBe(`The Redis user chat lacks rights. Grant them with ACL SETUSER chat ${right}`)
  })
})

describe('a Redis server that is a replica', () => {
  test('is not used, and is noticed when it becomes one', async () => {
    const [one, other] = await Promise.all([startRedis(), startRedis()])
    const servers = await openRedis(one.url)
    const bus = await redisBus(servers, log)
    await bus.ping()
    const { client } = servers.masters[0]!
    await client.sendCommand(['REPLICAOF', '127.0.0.1', new URL(other.url).port])
    const gap = new Promise<void>((resolve) => bus.onGap(resolve))
    await expect(bus.ping()).rejects.toThrow('the server is a replica')
    await expect(openRedis(one.url)).rejects.toThrow('the server is a replica')
    await gap
    while (!client.isReady) await new Promise((resolve) => setImmediate(resolve))
    await client.sendCommand(['REPLICAOF', 'NO', 'ONE'])
    while (
      !(await bus.ping().then(
        () => true,
        () => false,
      ))
    )
      await new Promise((resolve) => setImmediate(resolve))
    await bus.close()
    servers.destroy()
    await Promise.all([one.stop(), other.stop()])
  })
})

/** Creates a certificate for 127.0.0.1, signed by a test authority. */
function createCertificate(name: string): void {
  const openssl = (...args: string[]) => {
    const { success, stderr } = Bun.spawnSync(['openssl', ...args], { cwd: folder, stderr: 'pipe' })
    if (!success) throw new Error(stderr.toString())
  }
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  if (name === 'server')
    openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=Test authority')
  openssl('req', ...key, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`)
  writeFileSync(inFolder('san'), 'subjectAltName=IP:127.0.0.1')
  openssl(
    ...['x509', '-req', '-in', `${name}.csr`, '-out', `${name}.pem`, '-extfile', 'san'],
    ...['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'],
  )
}
