import RateLimiterMemory from 'rate-limiter-flexible/lib/RateLimiterMemory.js'
import RateLimiterRedis from 'rate-limiter-flexible/lib/RateLimiterRedis.js'
import RateLimiterRes from 'rate-limiter-flexible/lib/RateLimiterRes.js'
import type { RedisServers } from '../live/bus/redis-servers.ts'
import { reasonOf } from '../process/reason.ts'
import { emit } from '../process/telemetry.ts'
import { withTimeout } from '../process/timeout.ts'

export type Log = { warn(fields: object, message: string): void }

/** Milliseconds that Redis may take for one attempt. The health check of the bus detects a hanging connection later. */
const REDIS_TIMEOUT_MS = 1000

/** Milliseconds between two log lines about counting in memory. */
const LOG_INTERVAL_MS = 60_000

/**
 * Counts in Redis, and in memory while Redis is unavailable: each process then by itself. That is logged once a minute and
 * counted in the metrics.
 */
export class InsuredLimiter extends RateLimiterMemory {
  readonly #redis: RateLimiterRedis
  readonly #onFallback: (error: unknown) => void

  constructor(
    options: ConstructorParameters<typeof RateLimiterMemory>[0],
    { redis, onFallback }: { redis: RedisServers; onFallback: (error: unknown) => void },
  ) {
    super(options)
    const clientOf = (key: string) => redis.masterOf(key).client
    const storeClient = {
      eval: async (script: string, call: { keys: string[]; arguments: string[] }) =>
        clientOf(call.keys[0]!).eval(script, call),
      del: async (key: string) => clientOf(key).del(key),
    }
    this.#redis = new RateLimiterRedis({ ...options, storeClient, useRedisPackage: true })
    this.#onFallback = (error) => {
      redis.suspect()
      onFallback(error)
    }
  }

  override consume(key: string): Promise<RateLimiterRes> {
    return this.#try(this.#redis.consume(tagged(key)), () => super.consume(key))
  }

  override reward(key: string): Promise<RateLimiterRes> {
    return this.#try(this.#redis.reward(tagged(key)), () => super.reward(key))
  }

  override delete(key: string): Promise<boolean> {
    return this.#try(this.#redis.delete(tagged(key)), () => super.delete(key))
  }

  async #try<T>(attempt: Promise<T>, inMemory: () => Promise<T>): Promise<T> {
    try {
      return await withTimeout(REDIS_TIMEOUT_MS, attempt)
    } catch (error) {
      if (error instanceof RateLimiterRes) throw error
      this.#onFallback(error)
      return inMemory()
    }
  }
}

/** All limits of one key are in the same slot of a cluster. */
function tagged(key: string): string {
  return `{${key}}`
}

/** Returns a function that reports a fallback: in the metrics each time, in the log once a minute. */
export function fallbackReporter(log: Log | null): (error: unknown) => void {
  let silentUntil = 0
  return (error) => {
    emit('chatapp:limit-fallback', {})
    if (performance.now() < silentUntil) return
    silentUntil = performance.now() + LOG_INTERVAL_MS
    log?.warn({ reason: reasonOf(error) }, 'rate limits are counted in memory: Redis is unavailable')
  }
}
