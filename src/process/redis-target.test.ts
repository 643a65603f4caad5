import { expect, test } from 'bun:test'
import { parseRedisUrl, type RedisTarget } from './redis-target.ts'

const one = (host: string, port: number, more: Partial<RedisTarget> = {}) => ({
  servers: { kind: 'one', address: { host, port } },
  tls: false,
  credentials: {},
  database: 0,
  ...more,
})

test.each([
  ['redis://cache', one('cache', 6379)],
  ['redis://10.0.0.1:7000/3', one('10.0.0.1', 7000, { database: 3 })],
  ['rediss://:p%40ss@cache:1/0', one('cache', 1, { tls: true, credentials: { password: 'p@ss' } })],
  ['redis://chat:a:b%25@[::1]', one('::1', 6379, { credentials: { username: 'chat', password: 'a:b%' } })],
])('the server in %s is understood', (url, target) => {
  expect(parseRedisUrl(url)).toEqual(target as RedisTarget)
})

test('a socket, sentinels and the nodes of a cluster are understood', () => {
  const at = (host: string, port: number) => ({ host, port })
  expect(parseRedisUrl('unix:///run/my%20redis.sock?db=2')).toMatchObject({
    servers: { kind: 'socket', path: '/run/my redis.sock' },
    database: 2,
  })
  expect(parseRedisUrl('redis+unix://chat:secret@/run/redis.sock')).toMatchObject({
    servers: { kind: 'socket', path: '/run/redis.sock' },
    credentials: { username: 'chat', password: 'secret' },
  })
  expect(parseRedisUrl('redis+cluster://:secret@a,b:7001,[fd00::1]:7002')).toEqual({
    servers: { kind: 'cluster', nodes: [at('a', 6379), at('b', 7001), at('fd00::1', 7002)] },
    tls: false,
    credentials: { password: 'secret' },
    database: 0,
  })
  const url = 'rediss+sentinel://:secret@a,b:26380/my-master/1?sentinelUser=watch&sentinelPassword=out%21'
  expect(parseRedisUrl(url)).toEqual({
    servers: {
      kind: 'sentinel',
      sentinels: [at('a', 26_379), at('b', 26_380)],
      master: 'my-master',
      credentials: { username: 'watch', password: 'out!' },
    },
    tls: true,
    credentials: { password: 'secret' },
    database: 1,
  })
})

test.each([
  ['http://hunter2', 'starts with redis://, rediss://, redis+sentinel://, redis+cluster:// or unix://'],
  ['redis://', 'with a host'],
  ['redis://hunter2,b', 'with one host: several need redis+sentinel:// or redis+cluster://'],
  ['redis://:hunter2%zz@cache', 'percent-encoded'],
  ['redis://:hunter@2@cache', 'percent-encoded'],
  ['redis://cache#hunter2', 'percent-encoded'],
  ['redis://hunter 2', 'with host names or addresses and ports from 1 to 65535'],
  ['redis://cache:0', 'ports from 1 to 65535'],
  ['redis://cache:65536', 'ports from 1 to 65535'],
  ['redis+cluster://a,,hunter2', 'with host names or addresses'],
  ['redis://cache/hunter2', 'the number of a database'],
  ['redis://cache?tls=hunter2', 'without the parameter tls'],
  ['redis+cluster://a,b/1', 'without a path: a cluster has one database'],
  ['redis+sentinel://a,b', 'with the name that the sentinels give the master'],
  ['redis+sentinel://a/hunter2/0/1', 'with the name that the sentinels give the master'],
  ['unix://hunter2', 'with the absolute path of the socket'],
])('%s is refused with the expected form, without its secret', (url, expected) => {
  const refusal = (() => {
    try {
      return JSON.stringify(parseRedisUrl(url))
    } catch (error) {
      return (error as Error).message
    }
  })()
  expect(refusal).toContain(expected)
  expect(refusal).not.toContain('hunter')
})
