import { readFileSync } from 'node:fs'
import { StartError } from '../http/errors.ts'
import type { Connection } from '../live/bus/redis-client.ts'
import type { Config } from './config.ts'
import { parseRedisUrl, type RedisTarget } from './redis-target.ts'

export type RedisSettings = { target: RedisTarget; connection: Connection }

/**
 * Reads the settings of Redis and their files. It opens no connection.
 * @returns null without REDIS_URL
 * @throws StartError that names the unreadable file
 */
export function readRedisSettings({
  redisUrl,
  redisTls: { ca, certificate, key },
}: Pick<Config, 'redisUrl' | 'redisTls'>): RedisSettings | null {
  if (!redisUrl) return null
  const target = parseRedisUrl(redisUrl)
  const tls = target.tls
    ? {
        ...(ca && { ca: readPem('REDIS_CA', ca, 'CERTIFICATE') }),
        ...(certificate && { cert: readPem('REDIS_CERTIFICATE', certificate, 'CERTIFICATE') }),
        ...(key && { key: readPem('REDIS_KEY', key, 'PRIVATE KEY') }),
      }
    : null
  return { target, connection: { credentials: target.credentials, database: target.database, tls } }
}

function readPem(variable: string, file: string, kind: string): string {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new StartError(`${variable} ${file} cannot be read (${code}). Set it to a file in PEM format.`)
  }
  if (!new RegExp(`-----BEGIN [A-Z ]*${kind}-----`).test(text))
    throw new StartError(`${variable} ${file} contains no ${kind.toLowerCase()} in PEM format.`)
  return text
}
