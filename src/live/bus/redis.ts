import { ErrorReply } from 'redis'
import { preciseNow } from '../../process/precise-now.ts'
import type { Bus, BusMessage, Listener } from './bus.ts'
import { HEALTH_CHECK_INTERVAL_MS, type Log } from './redis-client.ts'
import type { Master, RedisServers } from './redis-servers.ts'
import { openShard, type Shard } from './redis-shard.ts'

/** Timeout of a health check, in milliseconds. */
const REDIS_TIMEOUT_MS = 2000

/** Maximum number of unacknowledged messages. While Redis hangs, further ones are rejected. */
const MAX_IN_FLIGHT = 10_000

/** Maximum number of users who get `events-lost` after a failure. Further ones catch up at their next event. */
const MAX_MISSED_USERS = 10_000

/** `shard` is null until the user is subscribed, and while the subscription has to move. */
type Channel = { listeners: Set<Listener>; shard: Shard | null }

/**
 * A bus over Redis pub/sub, on channels `user:<id>`; in a cluster over sharded pub/sub, on `user:{<id>}`. Regular health checks
 * of each master restore lost connections and subscriptions, and notice when another server has become the master.
 * @param every milliseconds between health checks
 * @param timeout milliseconds until a health check fails
 */
export async function redisBus(
  servers: RedisServers,
  log: Log,
  { every = HEALTH_CHECK_INTERVAL_MS, timeout = REDIS_TIMEOUT_MS } = {},
): Promise<Bus> {
  const gaps: (() => void)[] = []
  const channels = new Map<number, Channel>()
  const shards = new Map<Master, Shard>()
  const inOrder = serializer()
  /** Users whose messages were lost with a master that has been replaced. */
  const orphaned = new Set<number>()
  let inFlight = 0
  let closed = false

  function channelOf(user: number): string {
    return servers.isCluster ? `user:{${user}}` : `user:${user}`
  }

  function shardOf(user: number): Shard {
    const shard = shards.get(servers.masterOf(channelOf(user)))
    if (!shard) throw new Error('the bus is closed')
    return shard
  }

  function open(master: Master): Shard {
    const shard = openShard(master, {
      servers,
      log,
      timeout,
      onRestored: gap,
      onPublisherReady: () => publishMissed(shard.missed),
      onMoved: () => void reopen(shard),
    })
    shards.set(master, shard)
    return shard
  }

  function discard(shard: Shard): void {
    shards.delete(shard.master)
    for (const channel of channels.values()) if (channel.shard === shard) channel.shard = null
    for (const user of [...shard.missed, ...shard.recent.flatMap((users) => [...users])])
      remember(orphaned, user)
    shard.close()
  }

  /** Subscribes all channels of the shard again, some of them on other masters. */
  async function reopen(shard: Shard): Promise<void> {
    await refresh()
    if (shards.get(shard.master) !== shard) return
    discard(shard)
    arrange()
  }

  async function refresh(): Promise<void> {
    await servers
      .refresh()
      .catch((error: Error) => log.warn({ reason: error.message }, 'the masters of Redis are unknown'))
  }

  /** Follows the masters: opens and closes shards, and moves subscriptions. */
  function arrange(): void {
    if (closed) return
    const { masters } = servers
    for (const shard of [...shards.values()]) if (!masters.includes(shard.master)) discard(shard)
    for (const master of masters) if (!shards.has(master)) open(master)
    const moving = [...channels].filter(([user, { shard }]) => !shard || shard !== ownerOf(user))
    if (moving.length === 0 && orphaned.size === 0) return
    const moves = moving.map(([user, channel]) =>
      inOrder(user, async () => {
        if (channels.get(user) === channel) await place(user, channel)
      }),
    )
    void Promise.allSettled(moves).then((results) => {
      if (closed) return
      const failed = results.find((result) => result.status === 'rejected')
      if (failed)
        log.warn({ reason: String(failed.reason) }, 'subscriptions could not follow the Redis master')
      if (moving.length > 0) gap()
      publishMissed(orphaned)
    })
  }

  function ownerOf(user: number): Shard | null {
    try {
      return shardOf(user)
    } catch {
      return null
    }
  }

  /** Subscribes the user on the master of the channel, also when that changes meanwhile. */
  async function place(user: number, channel: Channel): Promise<void> {
    for (;;) {
      const shard = shardOf(user)
      if (channel.shard === shard) return
      const old = channel.shard
      try {
        await shard.subscribe(channelOf(user), receiverOf(user))
      } catch (error) {
        if (isRedirect(error)) await refresh()
        if (ownerOf(user) === shard) throw error
        continue
      }
      channel.shard = shard
      shard.users.add(user)
      // The old master refuses when it no longer serves the channel.
      if (old && shards.get(old.master) === old) await leave(user, old).catch(() => {})
    }
  }

  async function leave(user: number, shard: Shard): Promise<void> {
    // Before unsubscribing, as the health check expects.
    shard.users.delete(user)
    await shard.unsubscribe(channelOf(user))
  }

  function receiverOf(user: number): (text: string) => void {
    return (text) => {
      const message = JSON.parse(text) as BusMessage
      for (const listener of channels.get(user)?.listeners ?? []) listener(message)
    }
  }

  function gap(): void {
    for (const listener of gaps) listener()
  }

  /** Subscribers cannot detect messages that never reached Redis. */
  function publishMissed(missed: Set<number>): void {
    const users = [...missed]
    missed.clear()
    for (const user of users)
      bus.publish(user, { event: { type: 'events-lost' }, at: preciseNow() }).catch(() => {})
  }

  async function check(): Promise<void> {
    if ([...channels.values()].some(({ shard }) => !shard))
      throw new Error('subscriptions are moving to another master')
    await Promise.all(
      [...shards.values()].map((shard) =>
        shard.probe().catch((error) => {
          if (isRedirect(error)) void reopen(shard)
          else servers.suspect()
          throw error
        }),
      ),
    )
  }

  /** Messages that a replaced master has accepted are lost, so its users are remembered until the next two lookups. */
  async function follow(): Promise<void> {
    await refresh()
    for (const shard of shards.values()) shard.recent = [new Set(), shard.recent[0]]
    arrange()
  }

  const bus: Bus = {
    kind: 'redis',
    async publish(user, message) {
      const shard = ownerOf(user)
      try {
        if (!shard) throw new Error('no Redis master serves this channel')
        if (inFlight === MAX_IN_FLIGHT) throw new Error('too many messages in flight to Redis')
        inFlight++
        await shard.publish(channelOf(user), JSON.stringify(message)).finally(() => inFlight--)
        if (servers.canMove) remember(shard.recent[0], user)
      } catch (error) {
        if (isRedirect(error)) servers.suspect()
        remember(shard && shards.get(shard.master) === shard ? shard.missed : orphaned, user)
        throw error
      }
      if (shard.missed.size > 0) publishMissed(shard.missed)
    },
    async subscribe(user, listener) {
      await inOrder(user, async () => {
        const channel = channels.get(user) ?? { listeners: new Set(), shard: null }
        await place(user, channel)
        channel.listeners.add(listener)
        channels.set(user, channel)
      })
      return () =>
        inOrder(user, async () => {
          const channel = channels.get(user)
          if (!channel?.listeners.delete(listener) || channel.listeners.size > 0) return
          channels.delete(user)
          if (channel.shard) await leave(user, channel.shard)
        })
    },
    onGap(listener) {
      gaps.push(listener)
    },
    ping: check,
    async close() {
      closed = true
      clearInterval(checking)
      for (const shard of shards.values()) shard.close()
      shards.clear()
    },
  }

  const checking = setInterval(() => {
    if (servers.canMove) void follow()
    check().catch((error: Error) => log.warn({ reason: error.message }, 'the health check of the bus failed'))
  }, every)
  checking.unref?.()
  servers.onChange(arrange)
  arrange()
  try {
    await Promise.all([...shards.values()].map((shard) => shard.opened))
  } catch (error) {
    await bus.close()
    throw error
  }
  return bus
}

function remember(users: Set<number>, user: number): void {
  if (users.size < MAX_MISSED_USERS) users.add(user)
}

/** Whether the server answers that another one serves the slot. */
function isRedirect(error: unknown): boolean {
  return error instanceof ErrorReply && /^(?:MOVED|ASK|CLUSTERDOWN) /.test(error.message)
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
