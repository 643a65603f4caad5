import { setTimeout } from 'node:timers/promises'
import type { Logger } from 'pino'
import { RunningExports } from '../accounts/data/stream.ts'
import { type OpenIdProvider, openProvider } from '../accounts/openid/provider.ts'
import { openTokens, type Tokens } from '../accounts/sessions/session.ts'
import { type KnownDevices, openKnownDevices } from '../accounts/sign-in/known-device.ts'
import { migrate, protectsAuditLog } from '../database/migrate.ts'
import { DATABASE_TIMEOUTS, type DatabaseTimeouts } from '../database/mysql.ts'
import { isUndone } from '../database/mysql-errors.ts'
import { type Orm, openOrm } from '../database/orm.ts'
import { isConnectionError, StartError } from '../http/errors.ts'
import { noRateLimits, openRateLimits, type RateLimits } from '../http/rate-limits.ts'
import { type Assets, readAssets } from '../http/static-files.ts'
import { type Bus, memoryBus } from '../live/bus/bus.ts'
import type { RedisServers } from '../live/bus/redis-servers.ts'
import { GroupCommit } from '../messages/group-commit.ts'
import { type MessageStoredHook, messageStoredHooks } from '../messages/on-message-stored.ts'
import { TextUsage } from '../messages/text-usage.ts'
import type { Config } from './config.ts'
import type { RedisSettings } from './redis-settings.ts'
import type { Tracing } from './tracing.ts'

/** The external services and settings that the app uses. */
export type Deps = {
  config: Config
  orm: Orm
  databaseTimeouts: DatabaseTimeouts
  bus: Bus
  limits: RateLimits
  tokens: Tokens
  /** null without an OpenID Connect provider. */
  openId: OpenIdProvider | null
  devices: KnownDevices
  assets: Assets
  groupCommit: GroupCommit
  textUsage: TextUsage
  exports: RunningExports
  /** Called after the commit of each new message. */
  onMessageStored: readonly MessageStoredHook[]
  /** null when traces are off. */
  tracing: Tracing | null
  now: () => Date
  log: Logger
  close(): Promise<void>
}

/** Seconds to wait for a database or Redis that starts at the same time. */
const START_TIMEOUT_S = 30

/**
 * Opens and migrates the database, and opens Redis and the other services, as configured.
 * @throws StartError
 */
export async function openDeps(
  config: Config,
  log: Logger,
  { startTimeout = START_TIMEOUT_S, databaseTimeouts = DATABASE_TIMEOUTS } = {},
): Promise<Deps> {
  // Files are read and written by parts that are loaded on demand: not every runtime has them.
  const redisSettings = config.redisUrl
    ? (await import('./redis-settings.ts')).readRedisSettings(config)
    : null
  if (storesFiles(config)) (await import('./data-dir.ts')).prepareDataDir(config.dataDir, log)
  const retry = withRetry(startTimeout, log)
  const database = { ...config, databaseTimeouts }
  const orm = await retry('The database', () => openOrm(database))
  const applied = await retry('The database', () => migrate(orm, database))
  if (applied.length > 0) log.info({ migrations: applied.length }, 'the tables were migrated')
  if (!(await protectsAuditLog(orm))) {
    log.warn(
      'the database has no triggers that keep the audit log unchanged; the account needs the right TRIGGER, and the server log_bin_trust_function_creators',
    )
  }
  // Loaded on demand: it takes longer than the rest of an embedded start.
  const tracing = config.traces ? (await import('./tracing.ts')).openTracing(log) : null
  const textUsage = new TextUsage(orm, log, config.textQuota)
  const secrets = config.jwtSecrets ?? [(await import('./jwt-secret.ts')).readOrCreateSecret(config.dataDir)]
  const { redis, bus } = await openBus(redisSettings, {
    log,
    retry,
    limitsPrefix: config.rateLimits ? orm.config.get('dbName') : null,
  })
  return {
    config,
    orm,
    databaseTimeouts,
    bus,
    limits: config.rateLimits
      ? openRateLimits(redis, { scope: orm.config.get('dbName'), log })
      : noRateLimits,
    tokens: openTokens(secrets),
    openId: config.openId && openProvider(config.openId, { secrets, log }),
    devices: openKnownDevices(secrets),
    assets: await readAssets(),
    groupCommit: new GroupCommit(),
    textUsage,
    exports: new RunningExports(),
    onMessageStored: messageStoredHooks,
    tracing,
    now: () => new Date(),
    log,
    async close() {
      await textUsage.flush()
      await bus.close()
      redis?.destroy()
      await orm.close()
      await tracing?.close()
    },
  }
}

/** Whether anything is stored in the data folder. */
function storesFiles({ databaseUrl, jwtSecrets, smtpUrl }: Config): boolean {
  return !databaseUrl || !jwtSecrets || !smtpUrl
}

async function openBus(
  settings: RedisSettings | null,
  { log, retry, limitsPrefix }: { log: Logger; retry: Retry; limitsPrefix: string | null },
): Promise<{ redis: RedisServers | null; bus: Bus }> {
  if (!settings) return { redis: null, bus: memoryBus() }
  // Loaded on demand: an embedded start does not need it.
  const { openServers } = await import('../live/bus/redis-servers.ts')
  const { checkRights } = await import('../live/bus/redis-rights.ts')
  const { redisBus } = await import('../live/bus/redis.ts')
  const redis = await retry('Redis', () => openServers(settings.target, settings.connection, log))
  try {
    await checkRights(redis, { user: settings.connection.credentials.username, limitsPrefix })
    return { redis, bus: await redisBus(redis, log) }
  } catch (error) {
    redis.destroy()
    throw error
  }
}

type Retry = <T>(name: string, open: () => Promise<T>) => Promise<T>

/** Retries with back-off while the service is unavailable. */
function withRetry(seconds: number, log: Logger): Retry {
  return async (name, open) => {
    const deadline = Date.now() + seconds * 1000
    for (let wait = 250; ; wait = Math.min(wait * 2, 4000)) {
      try {
        return await open()
      } catch (error) {
        const isTemporary = isConnectionError(error) || isUndone(error)
        if (!isTemporary) throw new StartError(`${name} cannot be used: ${firstLine(error)}`)
        if (Date.now() + wait > deadline) {
          throw new StartError(`${name} was unavailable for ${seconds} seconds: ${firstLine(error)}`)
        }
        log.warn({ reason: firstLine(error) }, `${name} is unavailable, retrying`)
        await setTimeout(wait)
      }
    }
  }
}

/** The first line of the error; drivers put the failed statement on later lines. */
function firstLine(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException
  return (message || code || String(error)).split('\n')[0] ?? ''
}
