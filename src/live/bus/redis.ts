import { createClient } from 'redis'
import { preciseNow } from '../../process/precise-now.ts'
import type { Bus, BusMessage, Listener } from './bus.ts'
import { openHealthCheck } from './health-check.ts'

type Log = { warn(fields: object, message: string): void }

export type RedisClient = Awaited<ReturnType<typeof openRedis>>

/** Milliseconds between health checks. */
const HEALTH_CHECK_INTERVAL_MS = 5000

/** Timeout of a health check, in milliseconds. */
const REDIS_TIMEOUT_MS = 2000

/** Maximum number of unacknowledged messages. While Redis hangs, further ones are rejected. */
const MAX_IN_FLIGHT = 10_000

/** Maximum number of users who get `events-lost` after a failure. Further ones catch up at their next event. */
const MAX_MISSED_USERS = 10_000

/**
 * Connects to Redis. The first attempt may fail; later the client reconnects by itself. Commands fail at once while it is
 * offline: queued ones would run too late.
 */
export async function openRedis(url: string, log: Log) {
  let opened = false
  const reconnectStrategy = (attempts: number) => opened && backoff(attempts)
  const client = createClient({
    url,
    disableOfflineQueue: true,
    // Every health check causes a read. Until the client is ready, only this timeout ends a silent connection.
    socket: { reconnectStrategy, socketTimeout: 3 * HEALTH_CHECK_INTERVAL_MS },
  })
  client.on(
    'error',
    (error: Error) => opened && log.warn({ reason: error.message }, 'the connection to Redis was lost'),
  )
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
 * A bus over Redis pub/sub, on channels `user:<id>`. Regular health checks restore lost connections and subscriptions.
 * @param every milliseconds between health checks
 * @param timeout milliseconds until a health check fails
 */
export async function redisBus(
  publisher: RedisClient,
  log: Log,
  { every = HEALTH_CHECK_INTERVAL_MS, timeout = REDIS_TIMEOUT_MS } = {},
): Promise<Bus> {
  const gaps: (() => void)[] = []
  const channels = new Map<number, Set<Listener>>()
  const inOrder = serializer()
  const missed = new Set<number>()
  let inFlight = 0
  // Subscriptions wait until Redis is available.
  const subscriber = publisher.duplicate({ disableOfflineQueue: false })
  subscriber.on('error', (error: Error) =>
    log.warn({ reason: error.message }, 'the subscriber lost its connection to Redis'),
  )
  await subscriber.connect()
  const probe = await openHealthCheck({ publisher, subscriber, channels: () => channels.size, timeout })
  const probing = setInterval(() => {
    probe().catch((error: Error) => log.warn({ reason: error.message }, 'the health check of the bus failed'))
  }, every)
  probing.unref?.()
  // Emitted after each reconnect, once the subscriptions are restored.
  subscriber.on('ready', () => {
    for (const gap of gaps) gap()
  })
  // Subscribers cannot detect messages that never reached Redis.
  const publishMissed = () => {
    const users = [...missed]
    missed.clear()
    for (const user of users)
      bus.publish(user, { event: { type: 'events-lost' }, at: preciseNow() }).catch(() => {})
  }
  publisher.on('ready', publishMissed)

  function receive(text: string, channel: string): void {
    const message = JSON.parse(text) as BusMessage
    for (const listener of channels.get(userOf(channel)) ?? []) listener(message)
  }

  const bus: Bus = {
    kind: 'redis',
    async publish(user, message) {
      try {
        if (inFlight === MAX_IN_FLIGHT) throw new Error('too many messages in flight to Redis')
        inFlight++
        await publisher.publish(channelOf(user), JSON.stringify(message)).finally(() => inFlight--)
      } catch (error) {
        if (missed.size < MAX_MISSED_USERS) missed.add(user)
        throw error
      }
      if (missed.size > 0) publishMissed()
    },
    async subscribe(user, listener) {
      await inOrder(user, async () => {
        const listeners = channels.get(user)
        if (listeners) return void listeners.add(listener)
        await subscriber.subscribe(channelOf(user), receive)
        channels.set(user, new Set([listener]))
      })
      return () =>
        inOrder(user, async () => {
          const listeners = channels.get(user)
          if (!listeners?.delete(listener) || listeners.size > 0) return
          // Before unsubscribing, as the health check expects.
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
      publisher.off('ready', publishMissed)
      subscriber.destroy()
    },
  }
  return bus
}

/**
 * Runs the actions of each user one after the other. The client loses a listener when a subscribe and an unsubscribe of the
 * same channel overlap.
 */
function serializer() {
  const last = new Map<number, Promise<void>>()
  return (user: number, action: () => Promise<void>): Promise<void> => {
    const next = (last.get(user) ?? Promise.resolve()).then(action, action)
    const forget = () => {
      if (last.get(user) === next) last.delete(user)
    }
    last.set(user, next)
    next.then(forget, forget)
    return next
  }
}

function channelOf(user: number): string {
  return `user:${user}`
}

function userOf(channel: string): number {
  return Number(channel.slice('user:'.length))
}

/** Returns the milliseconds before the next attempt: exponential, up to 2 s, with jitter. */
function backoff(attempts: number): number {
  return Math.min(50 * 2 ** Math.min(attempts, 6), 2000) * (0.5 + Math.random() / 2)
}
