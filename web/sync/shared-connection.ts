import type { LiveEventView } from '../../src/live/schema.ts'
import type { ConnectionStatus } from '../chat/conversation-props.ts'
import { LiveConnection, READY_TIMEOUT_MS, SILENCE_TIMEOUT_MS } from './connection.ts'
import type { Locks } from './web-locks.ts'

/** Messages between the tabs of one browser. */
type TabMessage =
  | { type: 'event'; event: LiveEventView }
  | { type: 'status'; status: ConnectionStatus }
  | { type: 'missed' | 'signed out' }
  /** From followers. `hello` requests the status of the leader; `wake` requests that it connects now. */
  | { type: 'hello' | 'wake' }

/** A BroadcastChannel (WHATWG HTML, 9.5): delivers each message to all other tabs. */
export type Channel = {
  postMessage(message: unknown): void
  onmessage: ((event: MessageEvent) => void) | null
  close(): void
}

type ConnectionEnv = ConstructorParameters<typeof LiveConnection>[0]

/**
 * The live connection that all tabs of a browser share. The tab that holds the lock is the leader: it has the only
 * {@link LiveConnection} and broadcasts its events. When the leader closes or crashes, the browser grants the lock to
 * another tab; when it is suspended and does not respond, a follower steals the lock. The new leader connects, and its
 * `ready` makes every tab catch up. Without locks or channels, each tab has its own connection.
 */
export class SharedConnection {
  #status: ConnectionStatus = 'connecting'
  /** Set while this tab is the leader. */
  #live: LiveConnection | null = null
  #channel: Channel | null = null
  /** Aborting it releases the lock, or withdraws the request for it. */
  #lease: AbortController | null = null
  /** Until the leader responds: events before that were missed. */
  #isPinging = false
  #cancelLeaderTimeout: (() => void) | null = null

  constructor(
    readonly env: ConnectionEnv & {
      tabs: { locks: Locks; open: (name: string) => Channel; name: string } | null
    },
  ) {}

  get status(): ConnectionStatus {
    return this.#status
  }

  start(): void {
    if (this.#live || this.#lease) return
    this.#setStatus('connecting')
    const { tabs } = this.env
    if (!tabs) {
      this.#connect()
      return
    }
    this.#channel = tabs.open(tabs.name)
    this.#channel.onmessage = ({ data }) => this.#onTabMessage(data)
    this.#requestLeadership()
    this.#pingLeader()
  }

  /** The page is left or suspended: another tab may become the leader. `start` may be called again. */
  stop(): void {
    this.#lease?.abort()
    this.#lease = null
    this.#live?.stop()
    this.#live = null
    this.#channel?.close()
    this.#channel = null
    this.#cancelLeaderTimeout?.()
  }

  /** The page is shown, or the network is back: catches up, and connects now if there is no connection. */
  nudge(): void {
    this.env.onMissed()
    if (this.#live) {
      this.#live.wake()
    } else {
      this.#post({ type: 'wake' })
      this.#startLeaderTimeout()
    }
  }

  /** The browser reports to every tab that the network is gone. Only the leader acts on it: it has the connection. */
  offline(): void {
    this.#live?.offline()
  }

  /** Requests the lock; `steal` takes it from a leader that does not respond. */
  #requestLeadership({ steal = false } = {}): void {
    const lease = new AbortController()
    this.#lease?.abort()
    this.#lease = lease
    const lead = async () => {
      if (lease.signal.aborted) return
      this.#cancelLeaderTimeout?.()
      this.#connect()
      await new Promise<void>((resolve) => lease.signal.addEventListener('abort', () => resolve()))
    }
    this.env.tabs?.locks
      .request(this.env.tabs.name, steal ? { steal } : { signal: lease.signal }, lead)
      .catch(() => {
        if (lease.signal.aborted) return
        // Either stolen while this tab was suspended, or locks are denied: then every tab leads.
        if (this.#live) this.#stepDown()
        else void lead()
      })
  }

  /** Becomes a follower. */
  #stepDown(): void {
    this.#live?.stop()
    this.#live = null
    this.#requestLeadership()
    this.#pingLeader()
  }

  #connect(): void {
    const { env } = this
    const onStatus = (status: ConnectionStatus) => {
      this.#post({ type: 'status', status })
      this.#setStatus(status)
    }
    onStatus('connecting')
    this.#live = new LiveConnection({
      ...env,
      onEvent: (event) => {
        this.#post({ type: 'event', event })
        env.onEvent(event)
      },
      onMissed: () => {
        this.#post({ type: 'missed' })
        env.onMissed()
      },
      onStatus,
      onSignedOut: () => {
        this.#post({ type: 'signed out' })
        env.onSignedOut()
      },
    })
    this.#live.start()
  }

  #onTabMessage(message: TabMessage): void {
    if (this.#live) {
      if (message.type === 'wake') this.#live.wake()
      if (isFromFollower(message)) this.#post({ type: 'status', status: this.#status })
      return
    }
    if (isFromFollower(message)) return
    this.#leaderSeen()
    if (message.type === 'event') this.env.onEvent(message.event)
    if (message.type === 'missed') this.env.onMissed()
    if (message.type === 'status') this.#setStatus(message.status)
    if (message.type === 'signed out') this.env.onSignedOut()
  }

  /** Restarts the timeout of the leader; catches up when it is the first response. */
  #leaderSeen(): void {
    this.#cancelLeaderTimeout?.()
    this.#cancelLeaderTimeout = this.env.clock.after(SILENCE_TIMEOUT_MS, () => this.#pingLeader())
    if (this.#isPinging) this.env.onMissed()
    this.#isPinging = false
  }

  #pingLeader(): void {
    this.#isPinging = true
    this.#post({ type: 'hello' })
    this.#startLeaderTimeout()
  }

  #startLeaderTimeout(): void {
    this.#cancelLeaderTimeout?.()
    this.#cancelLeaderTimeout = this.env.clock.after(READY_TIMEOUT_MS, () =>
      this.#requestLeadership({ steal: true }),
    )
  }

  #post(message: TabMessage): void {
    this.#channel?.postMessage(message)
  }

  #setStatus(status: ConnectionStatus): void {
    if (status === this.#status) return
    this.#status = status
    this.env.onStatus(status)
  }
}

const isFromFollower = ({ type }: TabMessage) => type === 'hello' || type === 'wake'
