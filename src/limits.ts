import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import { TooMany } from './errors.ts'
import type { RedisClient } from './live/redis-bus.ts'

const MINUTES = 60
const RULES = {
  /** Wrong passwords for one name from one address. */
  signIn: { points: 10, duration: 15 * MINUTES },
  /** Wrong passwords for any name from one address. */
  signInAddress: { points: 100, duration: 15 * MINUTES },
  /** New accounts from one address. */
  signUp: { points: 60, duration: 15 * MINUTES },
} as const

/** Counts tries; in Redis where there is one, and in memory while it is away. */
export type Limits = {
  /** @throws TooMany */
  take(rule: keyof typeof RULES, key: string): Promise<void>
  /** The try was no fault after all. */
  giveBack(rule: keyof typeof RULES, key: string): Promise<void>
  /** Forgets all tries under the key. */
  clear(rule: keyof typeof RULES, key: string): Promise<void>
}

export function openLimits(redis: RedisClient | null): Limits {
  const limiters = new Map(
    Object.entries(RULES).map(([keyPrefix, rule]) => {
      const memory = new RateLimiterMemory({ keyPrefix, ...rule })
      const limiter = redis
        ? new RateLimiterRedis({
            storeClient: redis,
            useRedisPackage: true,
            keyPrefix,
            ...rule,
            insuranceLimiter: memory,
          })
        : memory
      return [keyPrefix, limiter]
    }),
  )
  const of = (rule: keyof typeof RULES) => limiters.get(rule)!
  return {
    async take(rule, key) {
      await of(rule)
        .consume(key)
        .catch((refusal) => {
          if (refusal instanceof RateLimiterRes) throw new TooMany(Math.ceil(refusal.msBeforeNext / 1000))
          throw refusal
        })
    },
    async giveBack(rule, key) {
      await of(rule).reward(key)
    },
    async clear(rule, key) {
      await of(rule).delete(key)
    },
  }
}

/** No limits, for load tests. */
export const noLimits: Limits = { async take() {}, async giveBack() {}, async clear() {} }
