import { openServers, type RedisServers } from '../../src/live/bus/redis-servers.ts'
import type { Config } from '../../src/process/config.ts'
import { readRedisSettings } from '../../src/process/redis-settings.ts'

const quiet = { warn() {} }

export const noFiles: Config['redisTls'] = { ca: null, certificate: null, key: null }

/** Connects to the Redis servers of a REDIS_URL. */
export async function openRedis(
  url: string,
  { log = quiet, redisTls = noFiles } = {},
): Promise<RedisServers> {
  const { target, connection } = readRedisSettings({ redisUrl: url, redisTls })!
  return openServers(target, connection, log)
}
