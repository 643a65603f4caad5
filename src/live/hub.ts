import { setTimeout as sleep } from 'node:timers/promises'
import { AppError, Unavailable } from '../http/errors.ts'
import { preciseNow } from '../process/precise-now.ts'
import { reasonOf } from '../process/reason.ts'
import { emit } from '../process/telemetry.ts'
import type { Bus, BusMessage } from './bus/bus.ts'
import type { LiveEventView } from './schema.ts'

/** WebSocket close codes. An event stream ends without a reason. */
export const CLOSE = { goingAway: 1001, signedOut: 4401, tooSlow: 4408, tooManyFrames: 1008 } as const

/** Maximum number of live connections of one user to one process. */
export const MAX_CONNECTIONS_PER_USER = 20

/** Milliseconds between heartbeats. Proxies and clients close silent connections. */
export const HEARTBEAT_MS = 20_000

/** Minimum number of connections closed between two pauses when the hub closes. */
const CLOSE_BATCH = 50

/** Bytes that a connection may buffer for a slow client before it is closed. The client reconnects and catches up. */
export const MAX_BUFFERED_BYTES = 64 * 1024

/** Maximum number of frames, pings and pongs of a client in a minute. ChatApp's page sends none. */
export const MAX_FRAMES = 120

/** Sessions in one database query. */
const SESSION_BATCH = 500

/** A WebSocket or an event stream of one session. */
export type Connection = {
  /** Opaque, and unique among all processes. */
  readonly id: string
  readonly transport: 'websocket' | 'sse'
  /** `expiresAt` is that of the token that opened the connection. */
  readonly session: { readonly id: number; readonly user: number; readonly expiresAt: Date }
  /** Sends one event as JSON. Closes the connection when its buffer is full. */
  send(type: string, json: string): void
  close(code: number): void
}

type Channel = { connections: Set<Connection>; subscribed: Promise<() => Promise<void>> }

/** The live connections of this process, with one bus subscription for each connected user. */
export class Hub {
  readonly #channels = new Map<number, Channel>()
  /** Connections that have not got `ready` yet. They get no other event, because clients catch up after `ready`. */
  readonly #pending = new Set<Connection>()
  readonly #heartbeatTimer: ReturnType<typeof setInterval>
  #closed = false

  constructor(
    readonly bus: Bus,
    readonly log: {
      debug(fields: object, message: string): void
      warn(fields: object, message: string): void
    },
    /** Returns the active ones of these sessions. */
    readonly filterActive: (
      sessions: readonly Connection['session'][],
    ) => Promise<ReadonlySet<Connection['session']>>,
  ) {
    bus.onGap(() => void this.recover())
    this.#heartbeatTimer = setInterval(() => void this.heartbeat(), HEARTBEAT_MS)
    this.#heartbeatTimer.unref?.()
  }

  /** @throws AppError 429 when the user has reached the limit of connections, 503 when the server is stopping */
  admit(user: number): void {
    if (this.#closed) throw new Unavailable('The server is stopping.')
    if ((this.#channels.get(user)?.connections.size ?? 0) >= MAX_CONNECTIONS_PER_USER) {
      throw new AppError(
        429,
        `At most ${MAX_CONNECTIONS_PER_USER} live connections per user.`,
        {
          'retry-after': '60',
        },
        'too_many_connections',
      )
    }
  }

  /** Adds the connection, and sends `ready` once its user's channel is subscribed. */
  async join(connection: Connection): Promise<void> {
    if (this.#closed) return connection.close(CLOSE.goingAway)
    const { user } = connection.session
    const channel = this.#channels.get(user) ?? this.#open(user)
    channel.connections.add(connection)
    this.#pending.add(connection)
    try {
      await channel.subscribed
      // The session may have been revoked before the channel was subscribed.
      await this.#closeRevoked([connection])
      this.#pending.delete(connection)
      if (channel.connections.has(connection)) sendReady(connection)
    } catch (error) {
      this.log.warn({ reason: reasonOf(error) }, 'subscribing to a channel failed')
      this.leave(connection)
      connection.close(CLOSE.goingAway)
    }
  }

  /** Removes the connection; the last one of a user unsubscribes the channel. Idempotent. */
  leave(connection: Connection): void {
    const { user } = connection.session
    const channel = this.#channels.get(user)
    this.#pending.delete(connection)
    if (!channel?.connections.delete(connection) || channel.connections.size > 0) return
    this.#channels.delete(user)
    // Closing the bus removes the subscription.
    if (this.#closed) return
    channel.subscribed
      .then((unsubscribe) => unsubscribe())
      .catch((error) => this.log.warn({ reason: reasonOf(error) }, 'unsubscribing from a channel failed'))
  }

  /** Sends a heartbeat to every connection, and closes those whose session has ended. */
  async heartbeat(): Promise<void> {
    this.#each((connection) => connection.send('heartbeat', '{"type":"heartbeat"}'))
    await this.#closeRevoked([...this.#connections()])
  }

  /** Called when events were lost, possibly revocations: closes ended sessions and lets the others catch up. */
  async recover(): Promise<void> {
    emit('chatapp:live', { type: 'gap' })
    await this.#closeRevoked([...this.#connections()])
    this.#each(sendReady)
  }

  /** True once the process is stopping: new connections are rejected. */
  get closed(): boolean {
    return this.#closed
  }

  /** Number of live connections of this process. */
  get size(): number {
    let size = 0
    for (const { connections } of this.#channels.values()) size += connections.size
    return size
  }

  /** Number of live connections by transport. */
  connections(): Record<Connection['transport'], number> {
    const counts = { websocket: 0, sse: 0 }
    for (const { transport } of this.#connections()) counts[transport]++
    return counts
  }

  /**
   * Rejects new connections, and closes the existing ones in batches, so that clients do not all reconnect at once.
   */
  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#heartbeatTimer)
    const connections = [...this.#connections()]
    const batch = Math.max(CLOSE_BATCH, Math.ceil(connections.length / 20))
    while (connections.length > 0) {
      for (const connection of connections.splice(0, batch)) this.#close(connection, CLOSE.goingAway)
      if (connections.length > 0) await sleep(100)
    }
  }

  #open(user: number): Channel {
    const channel: Channel = {
      connections: new Set(),
      subscribed: this.bus.subscribe(user, (message) => this.#deliver(channel, message)),
    }
    this.#channels.set(user, channel)
    return channel
  }

  #deliver({ connections }: Channel, { event, at }: BusMessage): void {
    if (event.type === 'session-revoked') {
      for (const connection of connections) {
        if (connection.session.id === event.session) this.#close(connection, CLOSE.signedOut)
      }
      return
    }
    if (event.type === 'events-lost') {
      for (const connection of connections) if (!this.#pending.has(connection)) sendReady(connection)
      return
    }
    const json = JSON.stringify(event)
    emit('chatapp:live', { type: 'delivered', connections: connections.size })
    for (const connection of connections) {
      if (!this.#pending.has(connection)) connection.send(event.type, json)
    }
    // Without `with`, a username.
    const { with: _, ...logged } = event as typeof event & { with?: string }
    this.log.debug({ ...logged, ms: Number((preciseNow() - at).toFixed(2)) }, 'delivered')
  }

  #close(connection: Connection, code: number): void {
    this.leave(connection)
    connection.close(code)
  }

  async #closeRevoked(connections: readonly Connection[]): Promise<void> {
    for (let start = 0; start < connections.length; start += SESSION_BATCH) {
      const batch = connections.slice(start, start + SESSION_BATCH)
      const active = await this.filterActive(batch.map(({ session }) => session)).catch((error) => {
        this.log.warn({ reason: reasonOf(error) }, 'checking sessions failed')
        return null
      })
      // Connections stay open while the database is unavailable.
      if (!active) return
      for (const connection of batch) {
        if (active.has(connection.session)) this.#scheduleExpiry(connection)
        else this.#close(connection, CLOSE.signedOut)
      }
    }
  }

  /** Checks the session again when the token expires, if that is before the next heartbeat. */
  #scheduleExpiry(connection: Connection): void {
    const { user, expiresAt } = connection.session
    const left = expiresAt.getTime() - Date.now()
    if (left <= 0 || left > HEARTBEAT_MS) return
    const check = () => {
      if (this.#channels.get(user)?.connections.has(connection)) void this.#closeRevoked([connection])
    }
    setTimeout(check, left).unref?.()
  }

  *#connections(): Iterable<Connection> {
    for (const { connections } of this.#channels.values()) yield* connections
  }

  #each(visit: (connection: Connection) => void): void {
    for (const connection of [...this.#connections()]) if (!this.#pending.has(connection)) visit(connection)
  }
}

function sendReady(connection: Connection): void {
  const event: LiveEventView = { type: 'ready', connection: connection.id }
  connection.send(event.type, JSON.stringify(event))
}
