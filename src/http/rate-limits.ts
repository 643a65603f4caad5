import type { RedisServers } from '../live/bus/redis-servers.ts'
import { networksOf } from '../process/network-key.ts'
import { type Counter, type CounterOptions, MemoryCounter } from './counter.ts'
import { TooManyRequests } from './errors.ts'
import { fallbackReporter, type Log, RedisCounter } from './redis-counter.ts'
import { currentRequest } from './request-context.ts'

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
  /** All password checks for one user, known device or network, because right ones cost the same work. */
  passwordCheck: { points: 60, duration: MINUTES, network: true },
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
  /** Invalid logout tokens. A valid one does not count, because one address of the provider signs out all users. */
  logoutToken: { points: 60, duration: MINUTES, network: true },
  /** New accounts. */
  signUp: { points: 60, duration: 15 * MINUTES, network: true },
  /** Mails requested, to any recipient. */
  mailAddress: { points: 20, duration: 15 * MINUTES, network: true },
  /** Mails requested by one user or known device while others have used up the limit of the network. */
  mailMember: { points: 5, duration: 15 * MINUTES },
  /** Those of all users and known devices in one network: one person can create many accounts. */
  mailMembers: { points: 100, duration: 15 * MINUTES, network: true },
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
  /** Log lines about denied access, invalid links and invites, of one user, known device or network. */
  denialLog: { points: 20, duration: MINUTES, network: true },
} as const satisfies Record<string, { points: number; duration: number; network?: true }>

export type RateLimitRule = keyof typeof RULES

/** An IPv6 /48 may use the limit of a network this many times. */
const WIDE_FACTOR = 4

/** Counted per process: a call to Redis would cost about as much as the requests it prevents. */
const LOCAL_RULES: ReadonlySet<string> = new Set<RateLimitRule>(['request', 'file', 'denialLog'])

/** Responses of the API tell how much of these is left. */
const SHOWN_RULES: ReadonlySet<string> = new Set<RateLimitRule>(['request', 'send'])

/** What is left of a limit, and the seconds until it is whole again. */
export type Quota = { rule: RateLimitRule; left: number; seconds: number }

/** Counts attempts in Redis; in memory without Redis, and while Redis is unavailable. */
export type RateLimits = {
  /** Counts an attempt. @throws TooManyRequests */
  take(rule: RateLimitRule, key: string): Promise<void>
  /** Subtracts an attempt from the count, never below zero. */
  refund(rule: RateLimitRule, key: string): Promise<void>
  /** Subtracts an attempt and all earlier ones. @param running attempts that have begun and still count */
  clear(rule: RateLimitRule, key: string, running?: number): Promise<void>
}

/** An attempt that counts for the key of a rule. */
export type Counted = { rule: RateLimitRule; key: string }

/** @param scope separates installations that share one Redis: the name of the database */
export function openRateLimits(
  redis: RedisServers | null,
  { scope = '', log = null }: { scope?: string; log?: Log | null } = {},
): RateLimits {
  const onFallback = fallbackReporter(log)
  const counters = new Map<string, Counter>()
  for (const [name, { points, duration, ...rule }] of Object.entries(RULES)) {
    counters.set(name, openCounter(name, { limit: points, duration }))
    if ('network' in rule)
      counters.set(`${name} /48`, openCounter(`${name} /48`, { limit: points * WIDE_FACTOR, duration }))
  }
  const lower = async (places: readonly Place[], { by, least }: { by: number; least: number }) => {
    await Promise.all(places.map(({ counter, key }) => counter.lower(key, by, least)))
  }
  return {
    async take(rule, key) {
      const taken: Place[] = []
      let quota: Quota | null = null
      for (const place of placesOf(rule, key)) {
        const { left, ms } = await place.counter.add(place.key)
        const seconds = Math.ceil(ms / 1000)
        if (left < 0) {
          await lower(taken, { by: 1, least: 0 })
          throw new TooManyRequests(seconds, rule)
        }
        taken.push(place)
        if (!quota || left < quota.left) quota = { rule, left, seconds }
      }
      if (quota && SHOWN_RULES.has(rule)) currentRequest()?.quotas.push(quota)
    },
    async refund(rule, key) {
      await lower(placesOf(rule, key), { by: 1, least: 0 })
    },
    async clear(rule, key, running = 0) {
      await lower(placesOf(rule, key), { by: Number.MAX_SAFE_INTEGER, least: running })
    },
  }

  function openCounter(name: string, rule: CounterOptions): Counter {
    if (!redis || LOCAL_RULES.has(name.split(' ')[0]!)) return new MemoryCounter(rule)
    return new RedisCounter({ ...rule, prefix: `${scope}:${name}`, redis, onFallback })
  }

  /** The wider network comes first: once it is refused, its smaller networks need no memory. */
  function placesOf(rule: RateLimitRule, key: string): Place[] {
    const counter = counters.get(rule)!
    if (!('network' in RULES[rule])) return [{ counter, key }]
    const { near, wide } = networksOf(key)
    const place = { counter, key: near }
    return wide === null ? [place] : [{ counter: counters.get(`${rule} /48`)!, key: wide }, place]
  }
}

type Place = { counter: Counter; key: string }

/** No limits, for load tests. */
export const noRateLimits: RateLimits = { async take() {}, async refund() {}, async clear() {} }
