import type { LiveEventView } from '../src/live/schema.ts'
import { backOff, type Clock } from './clock.ts'
import type { Connection } from './conversation-props.ts'

/**
 * A way to receive events: opens at once, hands over each frame, tells its end with a WebSocket close code where there
 * is one. The answer closes it.
 */
export type Transport = (on: { frame(json: string): void; end(code?: number): void }) => () => void

/** Milliseconds from opening to `ready`: a proxy that blocks WebSockets may just stay silent. */
export const READY_WITHIN = 5_000
/** Milliseconds without a frame after which a connection is dead; the server beats every 20 s. */
export const SILENCE = 45_000
/** Milliseconds between two catch-ups that nothing asked for: repairs what no event told. */
export const SWEEP = 60_000
/** Milliseconds that a connection has to live before the back-off starts afresh. */
const STABLE = 10_000
/** Close code: the session is over. */
const SESSION_OVER = 4401

/**
 * The one live connection of a page. `ladder` holds the transports, best first: when one does not reach `ready`, the
 * next is tried at once; when none does, all of them after a back-off, from the top. The sweep goes on all the time.
 */
export class Live {
  #status: Connection = 'connecting'
  #attempt = 0
  #heardAt = 0
  #ready = false
  #drop: (() => void) | null = null
  #cancelRetry: (() => void) | null = null
  #cancelSweep: (() => void) | null = null

  constructor(
    readonly env: {
      ladder: readonly Transport[]
      clock: Clock
      random: () => number
      onEvent(event: LiveEventView): void
      /** Something may have been missed: read `changes` now. */
      onMissed(): void
      onStatus(status: Connection): void
      onSignedOut(): void
      /** Nothing connects: finds out whether the session is the reason, which a refused connection does not tell. */
      onRefused(): void
    },
  ) {}

  get status(): Connection {
    return this.#status
  }

  start(): void {
    this.#connect(0)
    this.#sweep()
  }

  stop(): void {
    this.#drop?.()
    this.#cancelRetry?.()
    this.#cancelSweep?.()
  }

  /** The page is shown, or the network is back: connect now if need be, and catch up in any case. */
  nudge(): void {
    this.env.onMissed()
    const stale = this.#status !== 'live' || this.env.clock.now() - this.#heardAt > SILENCE / 2
    if (this.#drop && !(this.#ready && stale)) return
    this.#drop?.()
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
    this.#ready = false
    const { clock, ladder } = this.env
    const openedAt = clock.now()
    let over = false
    let close: (() => void) | undefined
    const finish = () => {
      if (over) return false
      over = true
      this.#drop = null
      cancelDeadline()
      close?.()
      return true
    }
    const end = (code?: number) => {
      if (!finish()) return
      if (code === SESSION_OVER) {
        this.stop()
        return this.env.onSignedOut()
      }
      this.#lost(rung, clock.now() - openedAt)
    }
    const frame = (json: string) => {
      if (over) return
      this.#heardAt = clock.now()
      this.#heard(json)
      if (over || !this.#ready) return
      cancelDeadline()
      cancelDeadline = clock.after(SILENCE, end)
    }
    let cancelDeadline = clock.after(READY_WITHIN, end)
    this.#drop = finish
    try {
      close = ladder[rung]?.({ frame, end })
    } catch {
      end()
    }
    // It may have ended while it was being opened.
    if (over) close?.()
  }

  #heard(json: string): void {
    let event: LiveEventView
    try {
      event = JSON.parse(json)
    } catch {
      return
    }
    if (event.type === 'ready') {
      this.#ready = true
      this.env.onMissed()
    }
    if (!this.#ready) return
    this.#setStatus('live')
    if (event.type !== 'ready') this.env.onEvent(event)
  }

  #lost(rung: number, lived: number): void {
    const wasReady = this.#ready
    this.#ready = false
    if (!wasReady && rung + 1 < this.env.ladder.length) {
      this.#connect(rung + 1)
      return
    }
    if (wasReady) {
      this.#setStatus('connecting')
      if (lived >= STABLE) this.#attempt = 0
    } else {
      this.#setStatus('offline')
      this.env.onRefused()
    }
    this.#cancelRetry = this.env.clock.after(backOff(this.#attempt++, this.env.random), () =>
      this.#connect(0),
    )
  }

  #sweep(): void {
    this.#cancelSweep = this.env.clock.after(SWEEP, () => {
      this.env.onMissed()
      this.#sweep()
    })
  }

  #setStatus(status: Connection): void {
    if (status === this.#status) return
    this.#status = status
    this.env.onStatus(status)
  }
}
