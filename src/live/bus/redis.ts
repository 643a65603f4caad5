import { createClient } from 'redis'
import { preciseNow } from '../precise-now.ts'
import type { Bus, BusMessage, Listener } from './bus.ts'
import { openHealthCheck } from './health-check.ts'

type Log = { warn(fields: object, message: string): void }

export type RedisClient = Awaited<ReturnType<typeof openRedis>>

/** Milliseconds between two probes of the bus. */
const HEALTH_CHECK_INTERVAL_MS = 5000

/** Milliseconds that Redis may take to answer a probe. */
const REDIS_TIMEOUT_MS = 2000

/** Notes that may wait for Redis to take them; while it hangs, more are refused rather than kept. */
const MAX_IN_FLIGHT = 10_000

/** Users who are told to catch up once Redis takes notes again; more learn of what they missed by themselves. */
const MISSED = 10_000

/**
 * Connects to Redis, once; later it comes back by itself. Offline, a command fails at once: one that waits would act after
 * its time.
 */
export async function openRedis(url: string, log: Log) {
  let opened = false
  const reconnectStrategy = (attempts: number) => opened && backoff(attempts)
  const client = createClient({
    url,
    disableOfflineQueue: true,
    // There is something to read at every probe. Before it is ready, nothing else would end a connection that is silent.
    socket: { reconnectStrategy, socketTimeout: 3 * HEALTH_CHECK_INTERVAL_MS },
  })
  client.on('error', (error: Error) => opened && log.warn({ reason: error.message }, 'Redis is away'))
  try {
    await client.connect()
    opened = true
    return client
  } catch (error) {
    client.destroy()
    throw error
  }
}

/**
 * A bus over Redis pub/sub: channel `user:<id>`. It probes itself; connections that are lost or deaf come back by
 * themselves, with their subscriptions.
 * @param every milliseconds between two probes
 * @param patience milliseconds that Redis may take to answer one
 */
export async function redisBus(
  publisher: RedisClient,
  log: Log,
  { every = HEALTH_CHECK_INTERVAL_MS, patience = REDIS_TIMEOUT_MS } = {},
): Promise<Bus> {
  const gaps: (() => void)[] = []
  const channels = new Map<number, Set<Listener>>()
  const inTurn = turns()
  const missed = new Set<number>()
  let underWay = 0
  // Subscriptions wait for Redis.
  const subscriber = publisher.duplicate({ disableOfflineQueue: false })
  subscriber.on('error', (error: Error) => log.warn({ reason: error.message }, 'the bus is deaf'))
  await subscriber.connect()
  const probe = await openHealthCheck({ publisher, subscriber, channels: () => channels.size, patience })
  const probing = setInterval(() => {
    probe().catch((error: Error) => log.warn({ reason: error.message }, 'the bus was not heard'))
  }, every)
  probing.unref?.()
  // Said again after each reconnect, with the subscriptions in force.
  subscriber.on('ready', () => {
    for (const gap of gaps) gap()
  })
  // Other processes heard all that reached Redis, and cannot know of what did not.
  const makeUp = () => {
    const users = [...missed]
    missed.clear()
    for (const user of users)
      bus.publish(user, { event: { type: 'events-lost' }, at: preciseNow() }).catch(() => {})
  }
  publisher.on('ready', makeUp)

  function receive(text: string, channel: string): void {
    const note = JSON.parse(text) as BusMessage
    for (const listener of channels.get(userOf(channel)) ?? []) listener(note)
  }

  const bus: Bus = {
    kind: 'redis',
    async publish(user, note) {
      if (underWay === MAX_IN_FLIGHT) throw new Error('Redis takes no more')
      underWay++
      try {
        await publisher.publish(channelOf(user), JSON.stringify(note))
      } catch (error) {
        if (missed.size < MISSED) missed.add(user)
        throw error
      } finally {
        underWay--
      }
    },
    async subscribe(user, listener) {
      await inTurn(user, async () => {
        const listeners = channels.get(user)
        if (listeners) return void listeners.add(listener)
        await subscriber.subscribe(channelOf(user), receive)
        channels.set(user, new Set([listener]))
      })
      return () =>
        inTurn(user, async () => {
          const listeners = channels.get(user)
          if (!listeners?.delete(listener) || listeners.size > 0) return
          // First here, then there: the probe counts on it.
          channels.delete(user)
          if (subscriber.isOpen) await subscriber.unsubscribe(channelOf(user), receive)
        })
    },
    onGap(listener) {
      gaps.push(listener)
    },
    ping: probe,
    async close() {
      clearInterval(probing)
      publisher.off('ready', makeUp)
      subscriber.destroy()
    },
  }
  return bus
}

/**
 * Does one thing after the other for each user: the client forgets who joins a channel while another leaves it, when the
 * two cross on the wire.
 */
function turns() {
  const last = new Map<number, Promise<void>>()
  return (user: number, act: () => Promise<void>): Promise<void> => {
    const turn = (last.get(user) ?? Promise.resolve()).then(act, act)
    const forget = () => {
      if (last.get(user) === turn) last.delete(user)
    }
    last.set(user, turn)
    turn.then(forget, forget)
    return turn
  }
}

function channelOf(user: number): string {
  return `user:${user}`
}

function userOf(channel: string): number {
  return Number(channel.slice('user:'.length))
}

/** Milliseconds before the next attempt: a restarted Redis is found soon, a lost one is not stormed. */
function backoff(attempts: number): number {
  return Math.min(50 * 2 ** Math.min(attempts, 6), 2000) * (0.5 + Math.random() / 2)
}
