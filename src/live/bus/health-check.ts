import { randomUUID } from 'node:crypto'
import { ErrorReply } from 'redis'
import { emit } from '../../process/telemetry.ts'
import { TimeoutError, withTimeout } from '../../process/timeout.ts'
import type { RedisClient } from './redis.ts'

type ProbedClient = {
  publisher: RedisClient
  subscriber: RedisClient
  /** Minimum number of subscribed channels, without the probe's own. */
  channels(): number
  /** Timeout of a probe, in milliseconds. */
  timeout: number
}

/**
 * Checks that published messages arrive. A client does not notice a half-open connection or a subscription lost on the server,
 * so the probe publishes to its own channel and compares the server's number of subscriptions.
 * @returns the probe. It resolves when the bus works. On a timeout or a lost subscription it reconnects the client, with its
 * subscriptions, and rejects. While a client is already reconnecting, it rejects at once.
 */
export async function openHealthCheck({ publisher, subscriber, channels, timeout }: ProbedClient) {
  const own = `probe:${randomUUID()}`
  let awaited: { nonce: string; arrive(): void } | undefined
  await subscriber.subscribe(own, (nonce) => nonce === awaited?.nonce && awaited.arrive())

  async function probe(): Promise<void> {
    if (!subscriber.isReady) throw new Error('the subscriber is not connected')
    const start = performance.now()
    const nonce = randomUUID()
    const arrival = new Promise<void>((arrive) => {
      awaited = { nonce, arrive }
    }).then(() => emit('chatapp:bus-lag', { ms: performance.now() - start }))
    // Commands of one connection run in order, so channels unsubscribed from now on are still counted.
    const expected = channels() + 1
    let published = false
    const all = Promise.all([
      subscriptions(subscriber),
      arrival,
      publisher.publish(own, nonce).then(() => {
        published = true
      }),
    ])
    const [subscribed] = await withTimeout(timeout, all).catch((error) => {
      if (error instanceof TimeoutError)
        for (const client of published ? [subscriber] : [publisher, subscriber]) reconnect(client)
      throw error
    })
    if (subscribed >= expected) return
    reconnect(subscriber)
    throw new Error(`${expected - subscribed} subscriptions are lost`)
  }

  let running: Promise<void> | undefined
  return () => {
    running ??= probe().finally(() => {
      running = undefined
    })
    return running
  }
}

/** Returns the server's number of subscriptions of this client; Infinity when the server does not report it. */
async function subscriptions(subscriber: RedisClient): Promise<number> {
  try {
    const [, count] = / sub=(\d+)/.exec(`${await subscriber.sendCommand(['CLIENT', 'INFO'])}`) ?? []
    return Number(count ?? Infinity)
  } catch (error) {
    if (error instanceof ErrorReply) return Infinity
    throw error
  }
}

function reconnect(client: RedisClient): void {
  // A client that is not ready is already reconnecting.
  if (!client.isReady) return
  client.destroy()
  // Retries until it is connected; rejects only when the client is closed.
  client.connect().catch(() => {})
}
