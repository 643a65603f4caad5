import type { RedisClient } from '../live/bus/redis-client.ts'
import type { RedisServers } from '../live/bus/redis-servers.ts'
import { reasonOf } from '../process/reason.ts'
import { emit } from '../process/telemetry.ts'
import { TimeoutError, withTimeout } from '../process/timeout.ts'
import { type Counter, type CounterOptions, MemoryCounter } from './counter.ts'

export type Log = { warn(fields: object, message: string): void }

/** Milliseconds that Redis may take for one attempt. The health check of the bus detects a hanging connection later. */
const REDIS_TIMEOUT_MS = 1000

/** Milliseconds after a timeout in which no limit waits for the same server: a sign-in counts for many limits. */
const PAUSE_MS = 1000

/** Milliseconds between two log lines about counting in memory. */
const LOG_INTERVAL_MS = 60_000

/** Arguments: the limit, and the seconds of a window. Returns the attempts left, or -1, and the milliseconds of the window. */
const ADD = `
redis.call('set', KEYS[1], 0, 'EX', ARGV[2], 'NX')
local ms = math.max(1, redis.call('pttl', KEYS[1]))
local limit = tonumber(ARGV[1])
if redis.call('incrby', KEYS[1], 0) >= limit then return {-1, ms} end
return {limit - redis.call('incrby', KEYS[1], 1), ms}`

/** Arguments: the number to subtract, and the least count. A count of zero needs no key. */
const LOWER = `
if redis.call('pttl', KEYS[1]) < 0 then return 0 end
local count = redis.call('incrby', KEYS[1], 0)
local lowered = math.min(count, math.max(tonumber(ARGV[2]), count - tonumber(ARGV[1])))
if lowered <= 0 then return redis.call('del', KEYS[1]) end
return redis.call('incrby', KEYS[1], lowered - count)`

/** The clients whose server did not respond in time, with the error. */
const paused = new WeakMap<RedisClient, { until: number; error: TimeoutError }>()

/** Counts in Redis for all processes, and in memory while Redis is unavailable: each process then by itself. */
export class RedisCounter implements Counter {
  readonly #memory: MemoryCounter

  /**
   * @param options.prefix of the keys
   * @param options.onFallback is called for each attempt that is counted in memory
   */
  constructor(
    readonly options: CounterOptions & {
      prefix: string
      redis: RedisServers
      onFallback: (error: unknown) => void
    },
  ) {
    this.#memory = new MemoryCounter(options)
  }

  async add(key: string): Promise<{ left: number; ms: number }> {
    const { limit, duration } = this.options
    const result = await this.#run(ADD, key, [limit, duration])
    if (result === null) return this.#memory.add(key)
    const [left, ms] = result as [number, number]
    return { left, ms }
  }

  async lower(key: string, by: number, least: number): Promise<void> {
    const result = await this.#run(LOWER, key, [by, least])
    if (result === null) await this.#memory.lower(key, by, least)
  }

  /** Runs a script; null when Redis is unavailable, or did not respond a moment ago. */
  async #run(script: string, name: string, values: number[]): Promise<unknown> {
    const { prefix, redis, onFallback } = this.options
    // All limits of one key are in the same slot of a cluster.
    const call = { keys: [`${prefix}:{${name}}`], arguments: values.map(String) }
    try {
      return await evaluate(redis.masterOf(call.keys[0]!).client, script, call)
    } catch (error) {
      redis.suspect()
      onFallback(error)
      return null
    }
  }
}

/** @throws TimeoutError, at once for a moment after the first */
async function evaluate(
  client: RedisClient,
  script: string,
  call: { keys: string[]; arguments: string[] },
): Promise<unknown> {
  const pause = paused.get(client)
  if (pause && performance.now() < pause.until) throw pause.error
  try {
    return await withTimeout(REDIS_TIMEOUT_MS, client.eval(script, call))
  } catch (error) {
    if (error instanceof TimeoutError) paused.set(client, { until: performance.now() + PAUSE_MS, error })
    throw error
  }
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
