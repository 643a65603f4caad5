import { randomUUID } from 'node:crypto'
import { ErrorReply } from 'redis'
import { emit } from '../../process/telemetry.ts'
import { TimeoutError, withTimeout } from '../../process/timeout.ts'
import type { RedisClient } from './redis.ts'

type ProbedClient = {
  publisher: RedisClient
  subscriber: RedisClient
  /** How many channels the subscriber must be subscribed to, at the least, beside the probe's own. */
  channels(): number
  /** Milliseconds that an answer may take. */
  patience: number
}

/**
 * Finds out whether what is published is heard. Neither a half-open connection nor a subscription that is gone on the
 * server is told to a client, so it publishes to a channel of its own, and asks the server how many channels it hears.
 * @returns one probe: resolves when all is well. What does not answer is connected anew, with its subscriptions, and the
 * probe rejects; so it does at once while a connection is away, which comes back by itself.
 */
export async function openHealthCheck({ publisher, subscriber, channels, patience }: ProbedClient) {
  const own = `probe:${randomUUID()}`
  let awaited: { nonce: string; hear(): void } | undefined
  await subscriber.subscribe(own, (nonce) => nonce === awaited?.nonce && awaited.hear())

  async function probe(): Promise<void> {
    if (!subscriber.isReady) throw new Error('the subscriber is away')
    const start = performance.now()
    const nonce = randomUUID()
    const heard = new Promise<void>((hear) => {
      awaited = { nonce, hear }
    }).then(() => emit('chatapp:bus-lag', { ms: performance.now() - start }))
    // On one connection commands are carried out in turn: what is left from now on is counted still.
    const expected = channels() + 1
    let published = false
    const all = Promise.all([
      subscriptions(subscriber),
      heard,
      publisher.publish(own, nonce).then(() => {
        published = true
      }),
    ])
    const [subscribed] = await withTimeout(patience, all).catch((error) => {
      if (error instanceof TimeoutError)
        for (const deaf of published ? [subscriber] : [publisher, subscriber]) renew(deaf)
      throw error
    })
    if (subscribed >= expected) return
    renew(subscriber)
    throw new Error(`${expected - subscribed} subscriptions are gone`)
  }

  let running: Promise<void> | undefined
  return () => {
    running ??= probe().finally(() => {
      running = undefined
    })
    return running
  }
}

/** How many channels the server would send it; as many as there can be when the server does not say. */
async function subscriptions(subscriber: RedisClient): Promise<number> {
  try {
    const [, count] = / sub=(\d+)/.exec(`${await subscriber.sendCommand(['CLIENT', 'INFO'])}`) ?? []
    return Number(count ?? Infinity)
  } catch (error) {
    if (error instanceof ErrorReply) return Infinity
    throw error
  }
}

function renew(client: RedisClient): void {
  // One that is not ready is on its way back already.
  if (!client.isReady) return
  client.destroy()
  // Tries until it is there; it fails only when it is closed for good meanwhile.
  client.connect().catch(() => {})
}
