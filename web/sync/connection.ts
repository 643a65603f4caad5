import type { LiveEventView } from '../../src/live/schema.ts'
import type { ConnectionStatus } from '../chat/conversation-props.ts'
import { backoff, type Clock } from './clock.ts'

/**
 * A way to receive events: opens at once, hands over each frame, tells its end with a WebSocket close code where there
 * is one. The answer closes it.
 */
export type Transport = (on: { frame(json: string): void; end(code?: number): void }) => () => void

/** Milliseconds from opening to `ready`: a proxy that blocks WebSockets may just stay silent. */
export const READY_TIMEOUT_MS = 5_000
/** Milliseconds without a frame after which a connection is dead; the server beats every 20 s. */
export const SILENCE_TIMEOUT_MS = 45_000
/** Milliseconds between two catch-ups that nothing asked for: repairs what no event told. */
export const SWEEP_INTERVAL_MS = 60_000
/** Milliseconds on a lower rung after which the best one is tried again: the network may be another by now. */
export const UPGRADE_INTERVAL_MS = 5 * 60_000
/** Milliseconds that a connection has to live before the back-off starts afresh. */
const STABLE_AFTER_MS = 10_000
/** Close code: the session that the connection was opened with is over. */
const SESSION_OVER = 4401

/** One connection; it is ready once the server said so. */
type OpenTransport = { ready: boolean; drop(): void }
type End = { wasReady: boolean; lived: number; code: number | undefined }

/**
 * The one live connection of a page. `ladder` holds the transports, best first: when one does not reach `ready`, the
 * next is tried at once; when none does, all of them after a back-off, from the top. From a lower rung it climbs back by
 * itself: the connection in use stays until the better one is ready. The sweep goes on all the time.
 */
export class LiveConnection {
  #status: ConnectionStatus = 'connecting'
  #attempt = 0
  #heardAt = 0
  /** In use, or on its way to be. */
  #line: OpenTransport | null = null
  /** The attempt to climb. */
  #probe: OpenTransport | null = null
  #cancelRetry: (() => void) | null = null
  #cancelClimb: (() => void) | null = null
  #cancelSweep: (() => void) | null = null

  constructor(
    readonly env: {
      ladder: readonly Transport[]
      clock: Clock
      random: () => number
      onEvent(event: LiveEventView): void
      /** Something may have been missed: read `changes` now. */
      onMissed(): void
      onStatus(status: ConnectionStatus): void
      /** The session is over: finds out whether it was renewed meanwhile, or one has to sign in. */
      onSignedOut(): void
      /** Nothing connects: finds out whether the session is the reason, which a refused connection does not tell. */
      onRefused(): void
    },
  ) {}

  get status(): ConnectionStatus {
    return this.#status
  }

  start(): void {
    this.#connect(0)
    this.#sweep()
  }

  stop(): void {
    this.#line?.drop()
    this.#cancelRetry?.()
    this.#stopClimbing()
    this.#cancelSweep?.()
  }

  /** Connects now, unless there is a connection that was heard of lately, or one on its way. */
  wake(): void {
    const stale = this.#status !== 'live' || this.env.clock.now() - this.#heardAt > SILENCE_TIMEOUT_MS / 2
    if (this.#line && !(this.#line.ready && stale)) return
    this.#line?.drop()
    if (this.#status === 'live') this.#setStatus('connecting')
    this.#attempt = 0
    this.#connect(0)
  }

  /** The browser says that the network is gone; it may be wrong, so the connection may still prove it wrong. */
  offline(): void {
    this.#setStatus('offline')
  }

  #connect(rung: number): void {
    this.#cancelRetry?.()
    this.#cancelRetry = null
    this.#stopClimbing()
    this.#open(rung, (line) => {
      this.#line = line
    })
  }

  #open(rung: number, take: (line: OpenTransport) => void): void {
    const { clock, ladder } = this.env
    const openedAt = clock.now()
    let over = false
    let close: (() => void) | undefined
    const line: OpenTransport = {
      ready: false,
      drop() {
        over = true
        cancelDeadline()
        close?.()
      },
    }
    const end = (code?: number) => {
      if (over) return
      line.drop()
      if (line === this.#probe) {
        this.#climbLater()
      } else {
        this.#line = null
        this.#lost(rung, { wasReady: line.ready, lived: clock.now() - openedAt, code })
      }
    }
    const frame = (json: string) => {
      const event = parse(json)
      if (over || !(line.ready || event?.type === 'ready')) return
      if (!line.ready) this.#use(line, rung)
      cancelDeadline()
      cancelDeadline = clock.after(SILENCE_TIMEOUT_MS, end)
      this.#heardAt = clock.now()
      if (event) this.#heard(event)
    }
    let cancelDeadline = clock.after(READY_TIMEOUT_MS, end)
    // Taken before it is opened: it may end, or speak, while it is.
    take(line)
    try {
      close = ladder[rung]?.({ frame, end })
    } catch {
      end()
    }
    if (over) close?.()
  }

  #use(line: OpenTransport, rung: number): void {
    line.ready = true
    if (line === this.#probe) {
      this.#line?.drop()
      this.#line = line
      this.#probe = null
    } else if (rung > 0) this.#climbLater()
  }

  #heard(event: LiveEventView): void {
    if (event.type === 'ready') this.env.onMissed()
    this.#setStatus('live')
    if (event.type !== 'ready') this.env.onEvent(event)
  }

  #lost(rung: number, { wasReady, lived, code }: End): void {
    this.#stopClimbing()
    if (code === SESSION_OVER) {
      this.#setStatus('connecting')
      this.env.onSignedOut()
    } else if (wasReady) {
      this.#setStatus('connecting')
      if (lived >= STABLE_AFTER_MS) this.#attempt = 0
    } else if (rung + 1 < this.env.ladder.length) {
      this.#connect(rung + 1)
      return
    } else {
      this.#setStatus('offline')
      this.env.onRefused()
    }
    this.#cancelRetry = this.env.clock.after(backoff(this.#attempt++, this.env.random), () =>
      this.#connect(0),
    )
  }

  #climbLater(): void {
    this.#probe = null
    this.#cancelClimb = this.env.clock.after(UPGRADE_INTERVAL_MS, () =>
      this.#open(0, (line) => {
        this.#probe = line
      }),
    )
  }

  #stopClimbing(): void {
    this.#cancelClimb?.()
    this.#probe?.drop()
    this.#probe = null
  }

  #sweep(): void {
    this.#cancelSweep = this.env.clock.after(SWEEP_INTERVAL_MS, () => {
      this.env.onMissed()
      this.#sweep()
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
