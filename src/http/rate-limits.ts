import type { RateLimiterAbstract } from 'rate-limiter-flexible'
import RateLimiterMemory from 'rate-limiter-flexible/lib/RateLimiterMemory.js'
import RateLimiterRes from 'rate-limiter-flexible/lib/RateLimiterRes.js'
import type { RedisServers } from '../live/bus/redis-servers.ts'
import { networksOf } from '../process/network-key.ts'
import { TooManyRequests } from './errors.ts'
import { fallbackReporter, InsuredLimiter, type Log } from './insured-limiter.ts'

const MINUTES = 60

/**
 * All limits; docs/decisions/0050-limits.md explains how they work together. The key of a rule with `network` may be an IP
 * address, which counts for its network and, with IPv6, also for the wider network around it. `duration` is in seconds.
 */
const RULES = {
  /** Wrong passwords for one name from one network. */
  signIn: { points: 10, duration: 15 * MINUTES },
  /** Wrong passwords for any name from one network. Short, because many people may share the address of a proxy. */
  signInNetwork: { points: 20, duration: MINUTES, network: true },
  /** Wrong passwords for one name from all unknown devices together. */
  signInName: { points: 50, duration: 60 * MINUTES },
  /** Wrong passwords for one name from a device that signed in to that account before. */
  signInDevice: { points: 10, duration: 15 * MINUTES },
  /** Wrong passwords in one session, where changes to the account ask for it again. */
  confirmPassword: { points: 10, duration: 15 * MINUTES },
  /** Wrong codes for one account, from unknown devices, from one known device or in one session. At most three of a million codes are valid at a time. */
  code: { points: 10, duration: 60 * MINUTES },
  /** Passkey challenges: each is stored for five minutes. */
  passkeyChallenge: { points: 60, duration: MINUTES, network: true },
  /** Responses of passkeys. Nobody can guess one, so this only limits the work. */
  passkey: { points: 60, duration: MINUTES, network: true },
  /** Sign-ins with the OpenID Connect provider, which limits the guesses itself. */
  openId: { points: 60, duration: MINUTES, network: true },
  /** New accounts. */
  signUp: { points: 60, duration: 15 * MINUTES, network: true },
  /** Mails requested, to any recipient. */
  mailAddress: { points: 20, duration: 15 * MINUTES, network: true },
  /** Password reset links to one mailbox. `duration` is their lifetime, so one is valid when the next is refused. */
  resetMail: { points: 5, duration: 30 * MINUTES },
  /** Verification links to one mailbox for one account, and from one address: strangers cannot use up the owner's limit. */
  verifyMail: { points: 5, duration: 60 * MINUTES },
  /** Messages per user: ten a second, so that one script does not fill the queue of all users. */
  send: { points: 600, duration: MINUTES },
  /** Reports of one user: a person has to read each. */
  report: { points: 20, duration: 60 * MINUTES },
  /** Changes of one user's settings: each may replace a hundred words in the index of names. */
  settings: { points: 100, duration: 10 * MINUTES },
  /** Profile pictures of one user: decoding takes up to a second and much memory. */
  avatar: { points: 30, duration: 60 * MINUTES },
  /** Data exports of one user. */
  export: { points: 5, duration: 60 * MINUTES },
  /** Requests of one user, of one network without a session, or of one known device. */
  request: { points: 3000, duration: MINUTES, network: true },
  /** Requests for static files and the API documentation, which are answered before authentication. */
  file: { points: 6000, duration: MINUTES, network: true },
  /** Health checks. Counted apart, so that visitors behind the same proxy do not use up the limit of its checks. */
  health: { points: 1200, duration: MINUTES, network: true },
} as const satisfies Record<string, { points: number; duration: number; network?: true }>

export type RateLimitRule = keyof typeof RULES

/** An IPv6 /48 may use the limit of a network this many times. */
const WIDE_FACTOR = 4

/** Counted per process: a call to Redis would cost about as much as the requests it prevents. */
const LOCAL_RULES: ReadonlySet<string> = new Set<RateLimitRule>(['request', 'file', 'health'])

/** Counts attempts in Redis; in memory without Redis, and while Redis is unavailable. */
export type RateLimits = {
  /** Counts an attempt. @throws TooManyRequests */
  take(rule: RateLimitRule, key: string): Promise<void>
  /** Subtracts a successful attempt from the count. */
  refund(rule: RateLimitRule, key: string): Promise<void>
  /** Resets the count of the key. */
  clear(rule: RateLimitRule, key: string): Promise<void>
}

/** @param scope separates installations that share one Redis: the name of the database */
export function openRateLimits(
  redis: RedisServers | null,
  { scope = '', log = null }: { scope?: string; log?: Log | null } = {},
): RateLimits {
  const onFallback = fallbackReporter(log)
  const limiters = new Map<string, RateLimiterAbstract>()
  for (const [name, rule] of Object.entries(RULES)) {
    const { points, duration } = rule
    limiters.set(name, openLimiter(name, { points, duration }))
    if ('network' in rule)
      limiters.set(`${name} /48`, openLimiter(`${name} /48`, { points: points * WIDE_FACTOR, duration }))
  }
  return {
    async take(rule, key) {
      const taken: Counter[] = []
      for (const counter of countersOf(rule, key)) {
        await counter.limiter.consume(counter.key).catch(async (rejection) => {
          await Promise.all(taken.map(({ limiter, key }) => limiter.reward(key)))
          if (rejection instanceof RateLimiterRes)
            throw new TooManyRequests(Math.ceil(rejection.msBeforeNext / 1000))
          throw rejection
        })
        taken.push(counter)
      }
    },
    async refund(rule, key) {
      await Promise.all(countersOf(rule, key).map(({ limiter, key }) => limiter.reward(key)))
    },
    async clear(rule, key) {
      await Promise.all(countersOf(rule, key).map(({ limiter, key }) => limiter.delete(key)))
    },
  }

  function openLimiter(name: string, rule: { points: number; duration: number }): RateLimiterAbstract {
    const options = { keyPrefix: `${scope}:${name}`, ...rule }
    if (!redis || LOCAL_RULES.has(name.split(' ')[0]!)) return new RateLimiterMemory(options)
    return new InsuredLimiter(options, { redis, onFallback })
  }

  /** The wider network comes first: once it is refused, its smaller networks need no memory. */
  function countersOf(rule: RateLimitRule, key: string): Counter[] {
    const limiter = limiters.get(rule)!
    if (!('network' in RULES[rule])) return [{ limiter, key }]
    const { near, wide } = networksOf(key)
    const counter = { limiter, key: near }
    return wide === null ? [counter] : [{ limiter: limiters.get(`${rule} /48`)!, key: wide }, counter]
  }
}

type Counter = { limiter: RateLimiterAbstract; key: string }

/** No limits, for load tests. */
export const noRateLimits: RateLimits = { async take() {}, async refund() {}, async clear() {} }
