import { openHealthCheck } from './health-check.ts'
import type { Log, RedisClient } from './redis-client.ts'
import type { Master, RedisServers } from './redis-servers.ts'

/** The part of the bus that goes through one master: its publishing connection, and one that is subscribed. */
export type Shard = {
  readonly master: Master
  /** Resolves when the first subscription is made. */
  readonly opened: Promise<void>
  /** The subscribed users. */
  readonly users: Set<number>
  /** Users whose messages this master did not accept. */
  readonly missed: Set<number>
  /** Users whose messages it accepted, since the last lookup of the masters and since the one before. */
  recent: [Set<number>, Set<number>]
  publish(channel: string, text: string): Promise<unknown>
  subscribe(channel: string, receive: (text: string) => void): Promise<void>
  unsubscribe(channel: string): Promise<void>
  probe(): Promise<void>
  close(): void
}

type ShardEnv = {
  servers: RedisServers
  log: Log
  /** Timeout of a health check, in milliseconds. */
  timeout: number
  /** Called after each reconnect, once the subscriptions are restored. */
  onRestored(): void
  onPublisherReady(): void
  /** Called when another master has taken over channels of this one. */
  onMoved(): void
}

/** Opens the subscribed connection. It may still be connecting: subscriptions wait until Redis is available. */
export function openShard(
  master: Master,
  { servers, log, timeout, onRestored, onPublisherReady, onMoved }: ShardEnv,
): Shard {
  const { client: publisher } = master
  const { isCluster } = servers
  const users = new Set<number>()
  const subscriber: RedisClient = publisher.duplicate({ disableOfflineQueue: false })
  let wasReady = false
  subscriber.on('error', (error: Error) => {
    log.warn({ reason: error.message }, 'the subscriber lost its connection to Redis')
    servers.suspect()
  })
  subscriber.on('ready', () => {
    if (wasReady) onRestored()
    wasReady = true
  })
  // The client drops the listeners of channels that the server moves, and of all when it cannot subscribe again.
  for (const event of ['sharded-channel-moved', '__MOVED']) subscriber.on(event, onMoved)
  publisher.on('ready', onPublisherReady)
  // Rejects only when the client is closed.
  const connected = subscriber.connect()
  const { subscribed, probe } = openHealthCheck({
    publisher,
    subscriber,
    isCluster,
    isOwn: (channel) => servers.serves(master, channel),
    channels: () => users.size,
    timeout,
  })
  const opened = Promise.all([connected, subscribed]).then(() => {})
  opened.catch(() => {})
  return {
    master,
    opened,
    users,
    missed: new Set(),
    recent: [new Set(), new Set()],
    publish: (channel, text) =>
      isCluster ? publisher.sPublish(channel, text) : publisher.publish(channel, text),
    subscribe: (channel, receive) =>
      isCluster ? subscriber.sSubscribe(channel, receive) : subscriber.subscribe(channel, receive),
    async unsubscribe(channel) {
      if (!subscriber.isOpen) return
      await (isCluster ? subscriber.sUnsubscribe(channel) : subscriber.unsubscribe(channel))
    },
    probe,
    close() {
      publisher.off('ready', onPublisherReady)
      subscriber.destroy()
    },
  }
}
