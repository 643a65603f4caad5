import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import type { RedisServers } from '../live/bus/redis-servers.ts'
import { TooManyRequests } from './errors.ts'
import { fallbackReporter, InsuredLimiter, type Log } from './insured-limiter.ts'

const MINUTES = 60
const RULES = {
  /** Wrong passwords for one name from one address. */
  signIn: { points: 10, duration: 15 * MINUTES },
  /** Wrong passwords for any name from one address. */
  signInAddress: { points: 100, duration: 15 * MINUTES },
  /** Wrong codes for one account. At most three of a million codes are valid at a time. */
  code: { points: 10, duration: 60 * MINUTES },
  /** Passkey challenges from one address: each is stored for five minutes. */
  passkeyChallenge: { points: 300, duration: 15 * MINUTES },
  /** New accounts from one address. */
  signUp: { points: 60, duration: 15 * MINUTES },
  /** Mails requested from one address, to any recipient. */
  mailAddress: { points: 20, duration: 15 * MINUTES },
  /** Password reset links to one mailbox. `duration` is their lifetime, so one is valid when the next is refused. */
  resetMail: { points: 5, duration: 30 * MINUTES },
  /** Verification links to one mailbox for one account, and from one address: strangers cannot use up the owner's limit. */
  verifyMail: { points: 5, duration: 60 * MINUTES },
  /** Messages per user: ten a second, so that one script does not fill the queue of all users. */
  send: { points: 600, duration: MINUTES },
  /** Reports of one user: a person has to read each. */
  report: { points: 20, duration: 60 * MINUTES },
  /** Profile pictures of one user: decoding takes up to a second and much memory. */
  avatar: { points: 30, duration: 60 * MINUTES },
  /** Data exports of one user. */
  export: { points: 5, duration: 60 * MINUTES },
  /** Requests of one user, or unauthenticated requests from one address. */
  request: { points: 3000, duration: MINUTES },
} as const

/** Counted per process: a call to Redis would cost about as much as the requests it prevents. */
const LOCAL_RULES: ReadonlySet<string> = new Set<keyof typeof RULES>(['request'])

/** Counts attempts in Redis; in memory without Redis, and while Redis is unavailable. */
export type RateLimits = {
  /** Counts an attempt. @throws TooManyRequests */
  take(rule: keyof typeof RULES, key: string): Promise<void>
  /** Subtracts a successful attempt from the count. */
  refund(rule: keyof typeof RULES, key: string): Promise<void>
  /** Resets the count of the key. */
  clear(rule: keyof typeof RULES, key: string): Promise<void>
}

/** @param scope separates installations that share one Redis: the name of the database */
export function openRateLimits(
  redis: RedisServers | null,
  { scope = '', log = null }: { scope?: string; log?: Log | null } = {},
): RateLimits {
  const onFallback = fallbackReporter(log)
  const limiters = new Map(
    Object.entries(RULES).map(([name, rule]): [string, RateLimiterAbstract] => {
      const options = { keyPrefix: `${scope}:${name}`, ...rule }
      if (!redis || LOCAL_RULES.has(name)) return [name, new RateLimiterMemory(options)]
      return [name, new InsuredLimiter(options, { redis, onFallback })]
    }),
  )
  const limiterOf = (rule: keyof typeof RULES) => limiters.get(rule)!
  return {
    async take(rule, key) {
      await limiterOf(rule)
        .consume(key)
        .catch((rejection) => {
          if (rejection instanceof RateLimiterRes)
            throw new TooManyRequests(Math.ceil(rejection.msBeforeNext / 1000))
          throw rejection
        })
    },
    async refund(rule, key) {
      await limiterOf(rule).reward(key)
    },
    async clear(rule, key) {
      await limiterOf(rule).delete(key)
    },
  }
}

/** No limits, for load tests. */
export const noRateLimits: RateLimits = { async take() {}, async refund() {}, async clear() {} }
