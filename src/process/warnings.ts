import type { Logger } from 'pino'
import { parseMysqlUrl } from '../database/mysql-url.ts'
import type { Config } from './config.ts'
import { isGuessable } from './guessable-secret.ts'

/** Length of a strong client secret, in bytes: 128 random bits (RFC 6749, 10.10). */
const OPENID_SECRET_BYTES = 16

/** Logs a warning for each setting that leaves out a protection. Such settings are allowed, but must not go unnoticed. */
export function warnOfRisks(config: Config, log: Pick<Logger, 'warn'>): void {
  const { host, origin, metricsPort, metricsToken } = config
  if (!config.rateLimits)
    log.warn('RATE_LIMITS is off: passwords can be guessed without a limit; use this for load tests only')
  if (origin.startsWith('http:') && !(isLoopback(host) && isLoopback(new URL(origin).hostname)))
    log.warn(
      { host, origin },
      'ORIGIN is http: passwords and messages cross the network in clear text; put a proxy with TLS in front, and set ORIGIN to its https address',
    )
  if (metricsPort !== null && metricsToken === null && !isLoopback(host))
    log.warn({ host }, 'everybody on the network can read the metrics; set METRICS_TOKEN')
  if (config.openId && isGuessable(config.openId.clientSecret, { least: OPENID_SECRET_BYTES }))
    log.warn('OIDC_CLIENT_SECRET can be guessed; create another one at the provider')
  if (sendsClearPassword(config.smtpUrl))
    log.warn(
      'SMTP_URL allows a server without TLS: the password of the mail account may be sent in clear text',
    )
  const tls = config.databaseUrl ? parseMysqlUrl(config.databaseUrl).tls : null
  if (tls?.verify === false)
    log.warn(
      'DATABASE_URL turns the verification of the server off: an impostor could read and change all data',
    )
  for (const [variable, file] of [
    ['REDIS_KEY', config.redisTls.key],
    ['ssl-key in DATABASE_URL', tls?.key],
  ]) {
    if (file && isOpenToOthers(file))
      log.warn({ file }, `other users have access to the private key of ${variable}`)
  }
}

function isLoopback(host: string): boolean {
  return /^(?:(?:.+\.)?localhost|127\.[\d.]+|\[?::1\]?)$/i.test(host)
}

function sendsClearPassword(smtpUrl: string | null): boolean {
  if (!smtpUrl) return false
  const { protocol, password, hostname, searchParams } = new URL(smtpUrl)
  const isOptional = protocol === 'smtp:' && searchParams.get('requireTLS') === 'false'
  return isOptional && password !== '' && !isLoopback(hostname)
}

/** Containers often mount keys with such a mode, so this is no error. A group may read a key, as `ssl-cert` does on Debian. */
function isOpenToOthers(file: string): boolean {
  if (process.platform === 'win32') return false
  // Loaded on demand: not every runtime has files.
  const { statSync } = process.getBuiltinModule('node:fs')
  const mode = statSync(file, { throwIfNoEntry: false })?.mode ?? 0
  return (mode & 0o027) !== 0
}
