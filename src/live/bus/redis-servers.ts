import { setTimeout as sleep } from 'node:timers/promises'
import { ErrorReply } from 'redis'
import type { Address, RedisTarget } from '../../process/redis-target.ts'
import { backoff, type Connection, type Log, openClient, type RedisClient } from './redis-client.ts'
import { findLayout } from './redis-layout.ts'
import { SLOTS, slotOf } from './redis-slot.ts'

/** A Redis server that accepts writes, with the client for its commands. */
export type Master = { readonly name: string; readonly client: RedisClient }

/** The Redis servers of an installation: a single one, the master that sentinels name, or the masters of a cluster. */
export type RedisServers = {
  /** Keys and channels are spread over several masters. */
  readonly isCluster: boolean
  /** The masters may be replaced by others. */
  readonly canMove: boolean
  readonly masters: readonly Master[]
  /** Returns the master of a key or sharded channel. @throws Error when there is none */
  masterOf(key: string): Master
  serves(master: Master, key: string): boolean
  /** Looks up the masters, and connects to new ones. One lookup at a time. */
  refresh(): Promise<void>
  /** Call this after a fault: refreshes until all masters are connected. */
  suspect(): void
  /** Adds a listener that is called when masters, or the slots they serve, have changed. */
  onChange(listener: () => void): void
  destroy(): void
}

/** @throws Error when a server cannot be used, or is not available */
export async function openServers(
  { servers }: Pick<RedisTarget, 'servers'>,
  connection: Connection,
  log: Log,
): Promise<RedisServers> {
  const canMove = servers.kind === 'sentinel' || servers.kind === 'cluster'
  const listeners: (() => void)[] = []
  let masters: readonly Master[] = []
  /** The index of the master of each slot; -1 when there is none. */
  let owners = new Int16Array(SLOTS).fill(-1)
  let running: Promise<void> | undefined
  let suspecting = false
  let closed = false

  function refresh(): Promise<void> {
    running ??= lookUp().finally(() => {
      running = undefined
    })
    return running
  }

  async function lookUp(): Promise<void> {
    if (masters.length > 0 && !canMove) return
    const known = () => masters.map(({ client }) => client)
    const layout = await findLayout({ servers, connection, log, known })
    const next = await connectAll(layout.map(({ at }) => at))
    const owned = new Int16Array(SLOTS).fill(-1)
    for (const [index, { slots }] of layout.entries())
      for (const [from, to] of slots) owned.fill(index, from, to + 1)
    if (closed) return closeOthers(next, [])
    const changed = next.some((master, index) => master !== masters[index]) || owned.some(differs)
    const before = masters
    masters = next
    owners = owned
    closeOthers(before, next)
    if (changed && before.length > 0) {
      log.warn({ masters: next.map(({ name }) => name) }, 'Redis has other masters')
      for (const listener of listeners) listener()
    }
  }

  function differs(owner: number, slot: number): boolean {
    return owner !== owners[slot]
  }

  async function connectAll(addresses: (Address | string)[]): Promise<Master[]> {
    const byName = new Map(masters.map((master) => [master.name, master]))
    const attempts = addresses.map((at) => byName.get(nameOf(at)) ?? connect(at))
    const results = await Promise.allSettled(attempts)
    const connected = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
    const failed = results.find((result) => result.status === 'rejected')
    if (!failed) return connected
    closeOthers(connected, masters)
    throw failed.reason
  }

  async function connect(at: Address | string): Promise<Master> {
    const client = await openClient(at, connection, { log })
    try {
      await assertMaster(client, { isCluster: servers.kind === 'cluster' })
    } catch (error) {
      client.destroy()
      throw error
    }
    client.on('error', suspect)
    return { name: nameOf(at), client }
  }

  function suspect(): void {
    if (!canMove || suspecting || closed) return
    suspecting = true
    void (async () => {
      for (let attempt = 1; !closed; attempt++) {
        const found = await refresh().then(
          () => true,
          (error: Error) => {
            log.warn({ reason: error.message }, 'the masters of Redis are unknown')
            return false
          },
        )
        if (found && masters.every(({ client }) => client.isReady)) break
        await sleep(backoff(attempt), undefined, { ref: false })
      }
      suspecting = false
    })()
  }

  function ownerOf(key: string): Master | undefined {
    return masters[owners[servers.kind === 'cluster' ? slotOf(key) : 0]!]
  }

  await refresh()
  return {
    isCluster: servers.kind === 'cluster',
    canMove,
    get masters() {
      return masters
    },
    serves: (master, key) => ownerOf(key) === master,
    masterOf(key) {
      const master = ownerOf(key)
      if (!master) throw new Error('no Redis master serves this slot')
      return master
    },
    refresh,
    suspect,
    onChange(listener) {
      listeners.push(listener)
    },
    destroy() {
      closed = true
      closeOthers(masters, [])
    },
  }
}

function closeOthers(masters: readonly Master[], kept: readonly Master[]): void {
  for (const master of masters) if (!kept.includes(master)) master.client.destroy()
}

function nameOf(at: Address | string): string {
  return typeof at === 'string' ? at : `${at.host}:${at.port}`
}

/** A server that does not accept writes. Another one may become the master. */
export class NotMaster extends Error {
  readonly code = 'ENOTMASTER'
}

/**
 * Checks that the client is connected to a master of the expected kind. HELLO is allowed to every user.
 * @throws NotMaster, or Error when the kind of the URL is wrong
 */
export async function assertMaster(
  client: RedisClient,
  { isCluster }: { isCluster: boolean },
): Promise<void> {
  const hello = await client.sendCommand<Record<string, unknown>>(['HELLO']).catch((error) => {
    // Servers before Redis 6 have no HELLO.
    if (error instanceof ErrorReply) return {}
    throw error
  })
  const { role, mode } = hello as { role?: string; mode?: string }
  if (mode === 'sentinel')
    throw new Error('REDIS_URL names a sentinel. Write redis+sentinel://host:port/master-name')
  if (mode === 'cluster' && !isCluster)
    throw new Error('REDIS_URL names a node of a Redis Cluster. Write redis+cluster://host:port')
  if (role !== undefined && role !== 'master')
    throw new NotMaster('the server is a replica, and events of other processes do not arrive there')
}
