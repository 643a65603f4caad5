import type { LiveEventView } from '../../src/live/schema.ts'
import type { ConnectionStatus } from '../chat/conversation-props.ts'
import { backoff, type Clock } from './clock.ts'

/**
 * Opens a connection to the event server at once. Calls `frame` with each event as JSON, and `end` when the connection
 * closes, with the WebSocket close code if there is one. Returns a function that closes the connection.
 */
export type Transport = (on: { frame(json: string): void; end(code?: number): void }) => () => void

/** Milliseconds to wait for `ready` after opening: a proxy that blocks WebSockets may never respond. */
export const READY_TIMEOUT_MS = 5_000
/** Milliseconds without a frame after which a connection counts as dead. The server sends a heartbeat every 20 s. */
export const SILENCE_TIMEOUT_MS = 45_000
/** Milliseconds between two periodic catch-ups, which repair the loss of an event. */
export const SWEEP_INTERVAL_MS = 60_000
/** Milliseconds on a fallback transport before the best one is tried again: the network may have changed. */
export const UPGRADE_INTERVAL_MS = 5 * 60_000
/** Milliseconds that a connection has to last before the back-off is reset. */
const STABLE_AFTER_MS = 10_000
/** WebSocket close code: the session has ended. */
const SESSION_ENDED = 4401

/** A connection that is opening or open; `ready` once the server has sent `ready`. */
type OpenTransport = { ready: boolean; drop(): void }
type End = { wasReady: boolean; lived: number; code: number | undefined }

/**
 * The live connection of a page. `transports` are ordered best first: when one does not become ready, the next is tried
 * at once; when all have failed, the first is tried again after a back-off. On a fallback transport, it periodically
 * tries to upgrade to the best one, and keeps the current connection until the better one is ready. The periodic
 * catch-up runs in every state.
 */
export class LiveConnection {
  #status: ConnectionStatus = 'connecting'
  #attempt = 0
  #lastFrameAt = 0
  /** Ready, or opening. */
  #current: OpenTransport | null = null
  /** An attempt to upgrade to the best transport. */
  #upgrade: OpenTransport | null = null
  #cancelRetry: (() => void) | null = null
  #cancelUpgrade: (() => void) | null = null
  #cancelSweep: (() => void) | null = null

  constructor(
    readonly env: {
      /** Best first. */
      transports: readonly Transport[]
      clock: Clock
      random: () => number
      onEvent(event: LiveEventView): void
      /** Events may have been lost: read `changes` now. */
      onMissed(): void
      onStatus(status: ConnectionStatus): void
      /** The session has ended: checks whether it was renewed or the user has to sign in. */
      onSignedOut(): void
      /** No transport connects: checks whether the session is the cause, which a failed connection does not reveal. */
      onConnectFailed(): void
    },
  ) {}

  get status(): ConnectionStatus {
    return this.#status
  }

  start(): void {
    this.#connect(0)
    this.#scheduleSweep()
  }

  stop(): void {
    this.#current?.drop()
    this.#cancelRetry?.()
    this.#stopUpgrade()
    this.#cancelSweep?.()
  }

  /** Connects now, unless a connection is opening or has received a frame recently. */
  wake(): void {
    const isStale =
      this.#status !== 'live' || this.env.clock.now() - this.#lastFrameAt > SILENCE_TIMEOUT_MS / 2
    if (this.#current && !(this.#current.ready && isStale)) return
    this.#current?.drop()
    if (this.#status === 'live') this.#setStatus('connecting')
    this.#attempt = 0
    this.#connect(0)
  }

  /** The browser reports that the network is gone. It may be wrong: the next frame sets the status back to `live`. */
  offline(): void {
    this.#setStatus('offline')
  }

  #connect(index: number): void {
    this.#cancelRetry?.()
    this.#cancelRetry = null
    this.#stopUpgrade()
    this.#open(index, (connection) => {
      this.#current = connection
    })
  }

  /** Calls `assign` before the transport opens: it may end or deliver a frame while opening. */
  #open(index: number, assign: (connection: OpenTransport) => void): void {
    const { clock, transports } = this.env
    const openedAt = clock.now()
    let isOver = false
    let close: (() => void) | undefined
    const connection: OpenTransport = {
      ready: false,
      drop() {
        isOver = true
        cancelDeadline()
        close?.()
      },
    }
    const end = (code?: number) => {
      if (isOver) return
      connection.drop()
      if (connection === this.#upgrade) {
        this.#scheduleUpgrade()
      } else {
        this.#current = null
        this.#onEnd(index, { wasReady: connection.ready, lived: clock.now() - openedAt, code })
      }
    }
    const frame = (json: string) => {
      const event = parse(json)
      if (isOver || !(connection.ready || event?.type === 'ready')) return
      if (!connection.ready) this.#onReady(connection, index)
      cancelDeadline()
      cancelDeadline = clock.after(SILENCE_TIMEOUT_MS, end)
      this.#lastFrameAt = clock.now()
      if (event) this.#onEvent(event)
    }
    let cancelDeadline = clock.after(READY_TIMEOUT_MS, end)
    assign(connection)
    try {
      close = transports[index]?.({ frame, end })
    } catch {
      end()
    }
    if (isOver) close?.()
  }

  #onReady(connection: OpenTransport, index: number): void {
    connection.ready = true
    if (connection === this.#upgrade) {
      this.#current?.drop()
      this.#current = connection
      this.#upgrade = null
    } else if (index > 0) this.#scheduleUpgrade()
  }

  #onEvent(event: LiveEventView): void {
    if (event.type === 'ready') this.env.onMissed()
    this.#setStatus('live')
    if (event.type !== 'ready') this.env.onEvent(event)
  }

  #onEnd(index: number, { wasReady, lived, code }: End): void {
    this.#stopUpgrade()
    if (code === SESSION_ENDED) {
      this.#setStatus('connecting')
      this.env.onSignedOut()
    } else if (wasReady) {
      this.#setStatus('connecting')
      if (lived >= STABLE_AFTER_MS) this.#attempt = 0
    } else if (index + 1 < this.env.transports.length) {
      this.#connect(index + 1)
      return
    } else {
      this.#setStatus('offline')
      this.env.onConnectFailed()
    }
    this.#cancelRetry = this.env.clock.after(backoff(this.#attempt++, this.env.random), () =>
      this.#connect(0),
    )
  }

  #scheduleUpgrade(): void {
    this.#upgrade = null
    this.#cancelUpgrade = this.env.clock.after(UPGRADE_INTERVAL_MS, () =>
      this.#open(0, (connection) => {
        this.#upgrade = connection
      }),
    )
  }

  #stopUpgrade(): void {
    this.#cancelUpgrade?.()
    this.#upgrade?.drop()
    this.#upgrade = null
  }

  #scheduleSweep(): void {
    this.#cancelSweep = this.env.clock.after(SWEEP_INTERVAL_MS, () => {
      this.env.onMissed()
      this.#scheduleSweep()
    })
  }

  #setStatus(status: ConnectionStatus): void {
    if (status === this.#status) return
    this.#status = status
    this.env.onStatus(status)
  }
}

function parse(json: string): LiveEventView | null {
  try {
    return JSON.parse(json)
  } catch {
    return null
  }
}
