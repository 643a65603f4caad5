import { createClient } from 'redis'
import type { Bus, Note } from './bus.ts'

type Log = { warn(fields: object, message: string): void }

export type RedisClient = Awaited<ReturnType<typeof openRedis>>

/**
 * Connects to Redis, once; later it comes back by itself. Offline, a command fails at once: one that waits would act after
 * its time.
 */
export async function openRedis(url: string, log: Log) {
  let opened = false
  const reconnectStrategy = (attempts: number) => opened && backoff(attempts)
  const client = createClient({ url, disableOfflineQueue: true, socket: { reconnectStrategy } })
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

/** A bus over Redis pub/sub: channel `user:<id>`. The connection comes back by itself, with its subscriptions. */
export async function redisBus(publisher: RedisClient, log: Log): Promise<Bus> {
  const gaps: (() => void)[] = []
  const inTurn = turns()
  const subscriber = publisher.duplicate({
    // Subscriptions wait for Redis, as many as a process may have people; more are refused, and their browsers try again.
    disableOfflineQueue: false,
    commandsQueueMaxLength: 10_000,
  })
  subscriber.on('error', (error: Error) => log.warn({ reason: error.message }, 'the bus is deaf'))
  await subscriber.connect()
  // Said again after each reconnect, with the subscriptions in force.
  subscriber.on('ready', () => {
    for (const gap of gaps) gap()
  })

  return {
    kind: 'redis',
    async publish(user, note) {
      await publisher.publish(channel(user), JSON.stringify(note))
    },
    async subscribe(user, listener) {
      const receive = (text: string) => listener(JSON.parse(text) as Note)
      await inTurn(user, () => subscriber.subscribe(channel(user), receive))
      return () =>
        inTurn(user, async () => {
          if (subscriber.isOpen) await subscriber.unsubscribe(channel(user), receive)
        })
    },
    onGap(listener) {
      gaps.push(listener)
    },
    async ping() {
      await publisher.ping()
    },
    async close() {
      subscriber.destroy()
    },
  }
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

function channel(user: number): string {
  return `user:${user}`
}

/** Milliseconds before the next attempt: a restarted Redis is found soon, a lost one is not stormed. */
function backoff(attempts: number): number {
  return Math.min(50 * 2 ** Math.min(attempts, 6), 2000) * (0.5 + Math.random() / 2)
}
