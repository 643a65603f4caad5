import { randomUUID } from 'node:crypto'
import { ErrorReply } from 'redis'
import { emit } from '../../process/telemetry.ts'
import { TimeoutError, withTimeout } from '../../process/timeout.ts'
import { type RedisClient, reconnect } from './redis-client.ts'
import { assertMaster, NotMaster } from './redis-servers.ts'

type ProbedClient = {
  publisher: RedisClient
  subscriber: RedisClient
  /** Whether the channels are those of a cluster. */
  isCluster: boolean
  /** Whether this master serves the channel. */
  isOwn(channel: string): boolean
  /** Minimum number of subscribed channels, without the probe's own. */
  channels(): number
  /** Timeout of a probe, in milliseconds. */
  timeout: number
}

/**
 * Checks that published messages arrive, and that both connections lead to the master. A client does not notice a half-open
 * connection, a subscription lost on the server or a master that became a replica. So the probe publishes to its own channel,
 * compares the server's number of subscriptions, and asks for the role.
 * @returns the first subscription, and the probe. It resolves when the bus works. On a timeout, a lost subscription or a wrong
 * role it reconnects the client, with its subscriptions, and rejects. While a client is already reconnecting, it rejects at once.
 */
export function openHealthCheck({
  publisher,
  subscriber,
  isCluster,
  isOwn,
  channels,
  timeout,
}: ProbedClient) {
  const own = ownChannel(isOwn)
  let awaited: { nonce: string; arrive(): void } | undefined
  const receive = (nonce: string) => nonce === awaited?.nonce && awaited.arrive()
  const subscribed = isCluster ? subscriber.sSubscribe(own, receive) : subscriber.subscribe(own, receive)
  subscribed.catch(() => {})

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
      // Rejects when another master serves the channel.
      subscribed.then(() => subscriptions(subscriber, { isCluster })),
      arrival,
      (isCluster ? publisher.sPublish(own, nonce) : publisher.publish(own, nonce)).then(() => {
        published = true
      }),
      ...[publisher, subscriber].map((client) => checkRole(client, { isCluster })),
    ])
    const [counted] = await withTimeout(timeout, all).catch((error) => {
      if (error instanceof TimeoutError)
        for (const client of published ? [subscriber] : [publisher, subscriber]) reconnect(client)
      throw error
    })
    if (counted >= expected) return
    reconnect(subscriber)
    throw new Error(`${expected - counted} subscriptions are lost`)
  }

  let running: Promise<void> | undefined
  return {
    subscribed,
    probe() {
      running ??= probe().finally(() => {
        running = undefined
      })
      return running
    },
  }
}

/** Another server may be reached after a reconnect. */
async function checkRole(client: RedisClient, { isCluster }: { isCluster: boolean }): Promise<void> {
  await assertMaster(client, { isCluster }).catch((error) => {
    if (error instanceof NotMaster) reconnect(client)
    throw error
  })
}

/** Returns a channel that no other process uses. In a cluster, its slot is one of this master. */
function ownChannel(isOwn: (channel: string) => boolean): string {
  for (;;) {
    const channel = `probe:${randomUUID()}`
    if (isOwn(channel)) return channel
  }
}

/** Returns the server's number of subscriptions of this client; Infinity when the server does not report it. */
async function subscriptions(
  subscriber: RedisClient,
  { isCluster }: { isCluster: boolean },
): Promise<number> {
  try {
    const info = `${await subscriber.sendCommand(['CLIENT', 'INFO'])}`
    const [, count] = (isCluster ? / ssub=(\d+)/ : / sub=(\d+)/).exec(info) ?? []
    return Number(count ?? Infinity)
  } catch (error) {
    if (error instanceof ErrorReply) return Infinity
    throw error
  }
}
