import type { LiveEventView } from '../../src/live/schema.ts'
import type { ConnectionStatus } from '../chat/conversation-props.ts'
import { LiveConnection, READY_TIMEOUT_MS, SILENCE_TIMEOUT_MS } from './connection.ts'
import type { Locks } from './web-locks.ts'

/** What the tabs of one browser tell each other. */
type TabMessage =
  | { type: 'event'; event: LiveEventView }
  | { type: 'status'; status: ConnectionStatus }
  | { type: 'missed' | 'signed out' }
  /** Followers ask: is anybody leading? And: the reader is back, connect now. */
  | { type: 'hello' | 'wake' }

/** A BroadcastChannel (WHATWG HTML, 9.5): what is posted is heard by all the other tabs. */
export type Channel = {
  postMessage(word: unknown): void
  onmessage: ((event: MessageEvent) => void) | null
  close(): void
}

type ConnectionEnv = ConstructorParameters<typeof LiveConnection>[0]

/**
 * The live connection that all tabs of a browser share. Whoever holds the lock leads: it has the one {@link LiveConnection}, and
 * tells the others what that tells. When it closes or crashes the browser passes the lock on; from one that is suspended
 * and answers nothing it is taken. The next leader connects, and its `ready` makes every tab catch up.
 * Without locks or channels each tab has a connection of its own.
 */
export class SharedConnection {
  #status: ConnectionStatus = 'connecting'
  /** While leading. */
  #live: LiveConnection | null = null
  #channel: Channel | null = null
  #term: AbortController | null = null
  /** What was said before this tab listened, it has missed. */
  #asking = false
  #cancelDoubt: (() => void) | null = null

  constructor(
    readonly env: ConnectionEnv & {
      tabs: { locks: Locks; open: (name: string) => Channel; name: string } | null
    },
  ) {}

  get status(): ConnectionStatus {
    return this.#status
  }

  start(): void {
    if (this.#live || this.#term) return
    this.#setStatus('connecting')
    const { tabs } = this.env
    if (!tabs) {
      this.#connect()
      return
    }
    this.#channel = tabs.open(tabs.name)
    this.#channel.onmessage = ({ data }) => this.#heard(data)
    this.#stand()
    this.#ask()
  }

  /** The page is left or suspended: another tab may lead. It may be started again. */
  stop(): void {
    this.#term?.abort()
    this.#term = null
    this.#live?.stop()
    this.#live = null
    this.#channel?.close()
    this.#channel = null
    this.#cancelDoubt?.()
  }

  /** The page is shown, or the network is back: connect now if need be, and catch up in any case. */
  nudge(): void {
    this.env.onMissed()
    if (this.#live) {
      this.#live.wake()
    } else {
      this.#say({ type: 'wake' })
      this.#doubt()
    }
  }

  /** The browser says that the network is gone. It says so to each tab, and the one that leads knows better. */
  offline(): void {
    this.#live?.offline()
  }

  /** Asks for the lock; whoever steals it takes it from a leader that answers nothing. */
  #stand({ steal = false } = {}): void {
    const term = new AbortController()
    this.#term?.abort()
    this.#term = term
    const lead = async () => {
      if (term.signal.aborted) return
      this.#cancelDoubt?.()
      this.#connect()
      await new Promise<void>((resolve) => term.signal.addEventListener('abort', () => resolve()))
    }
    this.env.tabs?.locks
      .request(this.env.tabs.name, steal ? { steal } : { signal: term.signal }, lead)
      .catch(() => {
        if (term.signal.aborted) return
        // Stolen, while this tab was suspended; or locks are denied, and then everybody leads.
        if (this.#live) this.#step()
        else void lead()
      })
  }

  /** Leads no more, and follows. */
  #step(): void {
    this.#live?.stop()
    this.#live = null
    this.#stand()
    this.#ask()
  }

  #connect(): void {
    const { env } = this
    const onStatus = (status: ConnectionStatus) => {
      this.#say({ type: 'status', status })
      this.#setStatus(status)
    }
    onStatus('connecting')
    this.#live = new LiveConnection({
      ...env,
      onEvent: (event) => {
        this.#say({ type: 'event', event })
        env.onEvent(event)
      },
      onMissed: () => {
        this.#say({ type: 'missed' })
        env.onMissed()
      },
      onStatus,
      onSignedOut: () => {
        this.#say({ type: 'signed out' })
        env.onSignedOut()
      },
    })
    this.#live.start()
  }

  #heard(word: TabMessage): void {
    if (this.#live) {
      if (word.type === 'wake') this.#live.wake()
      if (isQuestion(word)) this.#say({ type: 'status', status: this.#status })
      return
    }
    if (isQuestion(word)) return
    this.#trust()
    if (word.type === 'event') this.env.onEvent(word.event)
    if (word.type === 'missed') this.env.onMissed()
    if (word.type === 'status') this.#setStatus(word.status)
    if (word.type === 'signed out') this.env.onSignedOut()
  }

  /** Somebody leads. */
  #trust(): void {
    this.#cancelDoubt?.()
    this.#cancelDoubt = this.env.clock.after(SILENCE_TIMEOUT_MS, () => this.#ask())
    if (this.#asking) this.env.onMissed()
    this.#asking = false
  }

  #ask(): void {
    this.#asking = true
    this.#say({ type: 'hello' })
    this.#doubt()
  }

  #doubt(): void {
    this.#cancelDoubt?.()
    this.#cancelDoubt = this.env.clock.after(READY_TIMEOUT_MS, () => this.#stand({ steal: true }))
  }

  #say(word: TabMessage): void {
    this.#channel?.postMessage(word)
  }

  #setStatus(status: ConnectionStatus): void {
    if (status === this.#status) return
    this.#status = status
    this.env.onStatus(status)
  }
}

const isQuestion = ({ type }: TabMessage) => type === 'hello' || type === 'wake'
