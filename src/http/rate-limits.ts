import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterRedis,
  RateLimiterRes,
  RLWrapperTimeouts,
} from 'rate-limiter-flexible'
import type { RedisClient } from '../live/bus/redis.ts'
import { TooManyRequests } from './errors.ts'

const MINUTES = 60
const RULES = {
  /** Wrong passwords for one name from one address. */
  signIn: { points: 10, duration: 15 * MINUTES },
  /** Wrong passwords for any name from one address. */
  signInAddress: { points: 100, duration: 15 * MINUTES },
  /** Wrong codes of one account, whose password was right: at most three of a million are right at a time. */
  code: { points: 10, duration: 60 * MINUTES },
  /** Challenges for a passkey, from one address: each is a row for five minutes. */
  passkeyChallenge: { points: 300, duration: 15 * MINUTES },
  /** New accounts from one address. */
  signUp: { points: 60, duration: 15 * MINUTES },
  /** Mails asked for from one address, to whomever. */
  mailAddress: { points: 20, duration: 15 * MINUTES },
  /** Links for a forgotten password to one mailbox: one of them is in date as long as no more are sent. */
  resetMail: { points: 5, duration: 30 * MINUTES },
  /** Links that verify an address, to one mailbox: counted apart, or strangers could use up the ones above. */
  verifyMail: { points: 5, duration: 60 * MINUTES },
  /** Messages of one user: more than anybody types. */
  send: { points: 600, duration: MINUTES },
  /** Reports of one user: each is for a person to read. */
  report: { points: 20, duration: 60 * MINUTES },
  /** Pictures that one user has made small: decoding one takes up to a second and much memory. */
  avatar: { points: 30, duration: 60 * MINUTES },
  /** Downloads of everything that is one user's. */
  export: { points: 5, duration: 60 * MINUTES },
  /** Requests of one user, or of whoever fails to be one from one address. */
  request: { points: 3000, duration: MINUTES },
} as const

/** Counted by each process alone: a look at Redis would cost about as much as what it spares. */
const LOCAL_RULES: ReadonlySet<string> = new Set<keyof typeof RULES>(['request'])

/** Milliseconds that Redis may take to count a try; a connection that hangs is found out some seconds later. */
const REDIS_TIMEOUT_MS = 1000

/** Counts tries; in Redis where there is one, and in memory while it is away or does not answer. */
export type RateLimits = {
  /** @throws TooMany */
  take(rule: keyof typeof RULES, key: string): Promise<void>
  /** The try was no fault after all. */
  giveBack(rule: keyof typeof RULES, key: string): Promise<void>
  /** Forgets all tries under the key. */
  clear(rule: keyof typeof RULES, key: string): Promise<void>
}

/** @param scope keeps apart what several installations count in one Redis: the name of the database */
export function openRateLimits(redis: RedisClient | null, scope = ''): RateLimits {
  const limiters = new Map(
    Object.entries(RULES).map(([name, rule]): [string, RateLimiterAbstract] => {
      const options = { keyPrefix: `${scope}:${name}`, ...rule }
      const memory = new RateLimiterMemory(options)
      if (!redis || LOCAL_RULES.has(name)) return [name, memory]
      const limiter = new RateLimiterRedis({ ...options, storeClient: redis, useRedisPackage: true })
      return [name, new RLWrapperTimeouts({ limiter, timeoutMs: REDIS_TIMEOUT_MS, insuranceLimiter: memory })]
    }),
  )
  const of = (rule: keyof typeof RULES) => limiters.get(rule)!
  return {
    async take(rule, key) {
      await of(rule)
        .consume(key)
        .catch((refusal) => {
          if (refusal instanceof RateLimiterRes)
            throw new TooManyRequests(Math.ceil(refusal.msBeforeNext / 1000))
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
export const noRateLimits: RateLimits = { async take() {}, async giveBack() {}, async clear() {} }
