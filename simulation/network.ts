import type { Process } from './process.ts'
import type { Time } from './time.ts'

/** What happens to one request. */
export type RequestFate = 'delivered' | 'request lost' | 'response lost' | 'delayed'

/**
 * The state of the connection between one browser and the servers. `silent`: packets are dropped without an error, and
 * existing connections stay half-open.
 */
export type LinkState = 'ok' | 'slow' | 'cut' | 'silent'

/** A loss that the browser detects. */
class ConnectionLost extends TypeError {}

const never = new Promise<never>(() => {})

export class Link {
  state: LinkState = 'ok'
  /** The fates of the next requests. */
  fates: RequestFate[] = []
  /** A proxy drops WebSocket handshakes without an error. */
  blocksSockets = false
  readonly #open = new Set<{ end(): void; isHalfOpen: boolean; hangUp: (() => void) | null }>()

  constructor(
    readonly net: Network,
    /** Called with everything that arrives. */
    readonly inspect: (what: string, text: string) => void,
  ) {}

  setState(state: LinkState): void {
    this.state = state
    for (const connection of state === 'silent' || state === 'cut' ? [...this.#open] : []) {
      if (state === 'cut') connection.end()
      else connection.isHalfOpen = true
      // The server notices much later.
      this.net.time.after(120_000, () => connection.hangUp?.())
    }
  }

  /** Resolves after the latency of one direction. Rejects if the link is cut; never settles if it is silent. */
  async travel(): Promise<void> {
    await this.net.time.sleep(this.delay())
    if (this.state === 'cut') throw new ConnectionLost('cut')
    if (this.state === 'silent') await never
  }

  delay(): number {
    return (this.state === 'slow' ? 300 : 5) * (1 + Math.floor(this.net.random() * 4))
  }

  /** Like `fetch`, except that the whole body arrives at once. */
  request(request: Request, signal?: AbortSignal | null): Promise<Response> {
    const exchange = this.#exchange(request, this.fates.shift() ?? 'delivered')
    const aborted = new Promise<never>((_, reject) => {
      signal?.addEventListener('abort', () => reject(new ConnectionLost('aborted')), { once: true })
    })
    return Promise.race([exchange, aborted])
  }

  async #exchange(request: Request, fate: RequestFate): Promise<Response> {
    await this.travel()
    if (fate === 'request lost') throw new ConnectionLost(fate)
    const { status, headers, text } = await this.net.serve(request)
    if (fate === 'response lost') throw new ConnectionLost(fate)
    if (fate === 'delayed') await this.net.time.sleep(4000)
    await this.travel()
    this.inspect(`${status} to ${request.method} ${request.url.replace(/^.*?\/\/[^/]*/, '')}`, text)
    return new Response(status === 204 ? null : text, { status, headers })
  }

  /**
   * Opens a live connection. `frame` and `end` are called in order, as over TCP, until the link fails.
   * Returns a function that closes it.
   */
  connect(
    kind: 'socket' | 'stream',
    headers: HeadersInit,
    on: { frame(json: string): void; end(code?: number): void },
  ): () => void {
    let closed = false
    let last = 0
    const { time } = this.net
    const connection = {
      isHalfOpen: false,
      hangUp: null as (() => void) | null,
      end: (code?: number) => {
        if (closed) return
        closed = true
        this.#open.delete(connection)
        on.end(code)
      },
    }
    const inOrder = (arrive: () => void) => {
      last = Math.max(last, time.now() + this.delay())
      time.after(last - time.now(), () => {
        if (!closed && !connection.isHalfOpen) arrive()
      })
    }
    const wire = {
      frame: (json: string) =>
        inOrder(() => {
          this.inspect(json.replace(/"id":"\d+-/, '"id":"-'), json)
          on.frame(json)
        }),
      end: (code?: number) => inOrder(() => connection.end(code)),
    }
    const open = async () => {
      if (kind === 'socket' && this.blocksSockets) await never
      await this.travel()
      const process = this.net.balance()
      const hangUp =
        process && (await process[kind === 'socket' ? 'openSocket' : 'openStream'](headers, wire))
      if (!hangUp) throw new ConnectionLost('refused')
      connection.hangUp = hangUp
      if (closed) hangUp()
    }
    this.#open.add(connection)
    open().catch(() => wire.end(1006))
    return () => {
      closed = true
      this.#open.delete(connection)
      // On a half-open connection the close does not reach the server.
      if (!connection.isHalfOpen) time.after(this.delay(), () => connection.hangUp?.())
    }
  }
}

/** A load balancer without sticky sessions. */
export class Network {
  processes: readonly Process[] = []

  constructor(
    readonly time: Time,
    readonly random: () => number,
  ) {}

  balance(): Process | undefined {
    const up = this.processes.filter(({ state }) => state === 'up')
    return up[Math.floor(this.random() * up.length)]
  }

  /** Returns the response of a random process, or 502 if no process is up or it dies during the request. */
  async serve(request: Request): Promise<{ status: number; headers: Headers; text: string }> {
    try {
      const response = await this.balance()!.serve(request)
      return { status: response.status, headers: response.headers, text: await response.text() }
    } catch {
      return { status: 502, headers: new Headers(), text: 'Bad Gateway' }
    }
  }
}
