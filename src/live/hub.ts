import { setTimeout as sleep } from 'node:timers/promises'
import { AppError, Unavailable } from '../http/errors.ts'
import { emit } from '../process/telemetry.ts'
import type { Bus, BusMessage } from './bus/bus.ts'
import { preciseNow } from './precise-now.ts'
import type { LiveEventView } from './schema.ts'

/** Why a live connection is closed: WebSocket close codes; an event stream just ends. */
export const CLOSE = { goingAway: 1001, signedOut: 4401, tooSlow: 4408 } as const

/** How many live connections one user may have to one process. */
export const MAX_CONNECTIONS_PER_USER = 20

/** Milliseconds between two heartbeats: proxies and clients take a silent connection for a dead one. */
export const HEARTBEAT_MS = 20_000

/** Connections that are closed without a pause. */
const CLOSE_BATCH = 50

/** Bytes that a connection may hold back for a slow reader before it is closed; the reader catches up from its cursor. */
export const MAX_BUFFERED_BYTES = 64 * 1024

/** Sessions in one look at the database. */
const SESSION_BATCH = 500

/** A WebSocket or an event stream of one session. */
export type Connection = {
  /** Opaque, and unique among all processes. */
  readonly id: string
  readonly transport: 'websocket' | 'sse'
  /** `expiresAt` is the end of the token that it was opened with. */
  readonly session: { readonly id: number; readonly user: number; readonly expiresAt: Date }
  /** Hands over one event, as JSON; closes itself rather than buffer without bound. */
  send(type: string, json: string): void
  close(code: number): void
}

type Channel = { connections: Set<Connection>; subscribed: Promise<() => Promise<void>> }

/** The live connections of this process: subscribed once for each user who has one here. */
export class Hub {
  readonly #channels = new Map<number, Channel>()
  /** Those that have not been sent `ready`: nothing comes before it, and whoever gets it catches up. */
  readonly #pending = new Set<Connection>()
  readonly #heartbeatTimer: ReturnType<typeof setInterval>
  #closed = false

  constructor(
    readonly bus: Bus,
    readonly log: {
      debug(fields: object, message: string): void
      warn(fields: object, message: string): void
    },
    /** Which of these sessions are in force. */
    readonly filterActive: (
      sessions: readonly Connection['session'][],
    ) => Promise<ReadonlySet<Connection['session']>>,
  ) {
    bus.onGap(() => void this.recover())
    this.#heartbeatTimer = setInterval(() => void this.heartbeat(), HEARTBEAT_MS)
    this.#heartbeatTimer.unref?.()
  }

  /** @throws AppError 429 when this user has as many connections as they may have, 503 when the server is stopping */
  admit(user: number): void {
    if (this.#closed) throw new Unavailable('The server is stopping.')
    if ((this.#channels.get(user)?.connections.size ?? 0) >= MAX_CONNECTIONS_PER_USER) {
      throw new AppError(429, `At most ${MAX_CONNECTIONS_PER_USER} live connections a user.`, {
        'retry-after': '60',
      })
    }
  }

  /** Takes the connection in, and sends `ready` once its user's channel is heard. */
  async join(connection: Connection): Promise<void> {
    if (this.#closed) return connection.close(CLOSE.goingAway)
    const { user } = connection.session
    const channel = this.#channels.get(user) ?? this.#open(user)
    channel.connections.add(connection)
    this.#pending.add(connection)
    try {
      await channel.subscribed
      // A sign-out before the channel was heard went unheard.
      await this.#closeRevoked([connection])
      this.#pending.delete(connection)
      if (channel.connections.has(connection)) sendReady(connection)
    } catch (error) {
      this.log.warn({ reason: String(error) }, 'a channel could not be subscribed')
      this.leave(connection)
      connection.close(CLOSE.goingAway)
    }
  }

  /** Forgets the connection; its user's channel is left with the last one. Calling it twice does no harm. */
  leave(connection: Connection): void {
    const { user } = connection.session
    const channel = this.#channels.get(user)
    this.#pending.delete(connection)
    if (!channel?.connections.delete(connection) || channel.connections.size > 0) return
    this.#channels.delete(user)
    // The bus goes as well.
    if (this.#closed) return
    channel.subscribed
      .then((unsubscribe) => unsubscribe())
      .catch((error) => this.log.warn({ reason: String(error) }, 'a channel could not be left'))
  }

  /** Shows every connection that it is alive, and closes those whose session is over. */
  async heartbeat(): Promise<void> {
    this.#each((connection) => connection.send('heartbeat', '{"type":"heartbeat"}'))
    await this.#closeRevoked([...this.#connections()])
  }

  /** Events were lost, and word of a sign-out may have been among them. */
  async recover(): Promise<void> {
    emit('chatapp:live', { type: 'gap' })
    await this.#closeRevoked([...this.#connections()])
    this.#each(sendReady)
  }

  /** Whether it takes nobody in any more, since the process is stopping. */
  get closed(): boolean {
    return this.#closed
  }

  /** Live connections of this process. */
  get size(): number {
    let size = 0
    for (const { connections } of this.#channels.values()) size += connections.size
    return size
  }

  /** The same by what carries them. */
  connections(): Record<Connection['transport'], number> {
    const counts = { websocket: 0, sse: 0 }
    for (const { transport } of this.#connections()) counts[transport]++
    return counts
  }

  /**
   * Takes nobody in any more, and closes every connection, some at a time, so that not everybody comes back at once: to
   * another process, or to this one's successor.
   */
  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#heartbeatTimer)
    const connections = [...this.#connections()]
    const some = Math.max(CLOSE_BATCH, Math.ceil(connections.length / 20))
    while (connections.length > 0) {
      for (const connection of connections.splice(0, some)) this.#close(connection, CLOSE.goingAway)
      if (connections.length > 0) await sleep(100)
    }
  }

  #open(user: number): Channel {
    const channel: Channel = {
      connections: new Set(),
      subscribed: this.bus.subscribe(user, (note) => this.#deliver(channel, note)),
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
    this.log.debug({ ...event, ms: Number((preciseNow() - at).toFixed(2)) }, 'delivered')
  }

  #close(connection: Connection, code: number): void {
    this.leave(connection)
    connection.close(code)
  }

  async #closeRevoked(connections: readonly Connection[]): Promise<void> {
    for (let start = 0; start < connections.length; start += SESSION_BATCH) {
      const some = connections.slice(start, start + SESSION_BATCH)
      const inForce = await this.filterActive(some.map(({ session }) => session)).catch((error) => {
        this.log.warn({ reason: String(error) }, 'sessions could not be looked up')
        return null
      })
      // While the database is away nobody is sent out.
      if (!inForce) return
      for (const connection of some) {
        if (inForce.has(connection.session)) this.#scheduleExpiry(connection)
        else this.#close(connection, CLOSE.signedOut)
      }
    }
  }

  /** Looks again when the token ends, if that is before the next heartbeat. */
  #scheduleExpiry(connection: Connection): void {
    const { user, expiresAt } = connection.session
    const left = expiresAt.getTime() - Date.now()
    if (left <= 0 || left > HEARTBEAT_MS) return
    const look = () => {
      if (this.#channels.get(user)?.connections.has(connection)) void this.#closeRevoked([connection])
    }
    setTimeout(look, left).unref?.()
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
