import type { Process } from './process.ts'
import type { Time } from './time.ts'

/** How one request fares. */
export type RequestFate = 'well' | 'lost on the way there' | 'lost on the way back' | 'late'

/**
 * The way from one browser to the servers. `silent` is half-open: nothing comes through and nobody is told;
 * connections of that time stay so.
 */
export type LinkState = 'well' | 'slow' | 'cut' | 'silent'

/** Something on the way was lost, and the browser knows. */
class Lost extends TypeError {}

const never = new Promise<never>(() => {})

export class Link {
  state: LinkState = 'well'
  /** How the next requests fare. */
  fates: RequestFate[] = []
  /** A proxy on the way lets no WebSocket through, and does not say so. */
  blocksSockets = false
  readonly #open = new Set<{ end(): void; zombie: boolean; hangUp: (() => void) | null }>()

  constructor(
    readonly net: Network,
    /** Sees everything that arrives. */
    readonly inspect: (what: string, text: string) => void,
  ) {}

  become(state: LinkState): void {
    this.state = state
    for (const connection of state === 'silent' || state === 'cut' ? [...this.#open] : []) {
      if (state === 'cut') connection.end()
      else connection.zombie = true
      // The server finds out by itself, much later.
      this.net.time.after(120_000, () => connection.hangUp?.())
    }
  }

  /** One way; rejects when it is cut, and hangs when it is silent. */
  async travel(): Promise<void> {
    await this.net.time.sleep(this.delay())
    if (this.state === 'cut') throw new Lost('cut')
    if (this.state === 'silent') await never
  }

  delay(): number {
    return (this.state === 'slow' ? 300 : 5) * (1 + Math.floor(this.net.random() * 4))
  }

  /** As `fetch` does it; the answer is whole. */
  request(request: Request, signal?: AbortSignal | null): Promise<Response> {
    const exchange = this.#exchange(request, this.fates.shift() ?? 'well')
    const aborted = new Promise<never>((_, reject) => {
      signal?.addEventListener('abort', () => reject(new Lost('aborted')), { once: true })
    })
    return Promise.race([exchange, aborted])
  }

  async #exchange(request: Request, fate: RequestFate): Promise<Response> {
    await this.travel()
    if (fate === 'lost on the way there') throw new Lost(fate)
    const { status, headers, text } = await this.net.serve(request)
    if (fate === 'lost on the way back') throw new Lost(fate)
    if (fate === 'late') await this.net.time.sleep(4000)
    await this.travel()
    this.inspect(`${status} to ${request.method} ${request.url.replace(/^.*?\/\/[^/]*/, '')}`, text)
    return new Response(status === 204 ? null : text, { status, headers })
  }

  /**
   * Opens a live connection. `frame` and `end` come in order, as over TCP, or no more.
   * Answers what closes it.
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
      zombie: false,
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
        if (!closed && !connection.zombie) arrive()
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
      const hang = process && (await process[kind === 'socket' ? 'openSocket' : 'openStream'](headers, wire))
      if (!hang) throw new Lost('refused')
      connection.hangUp = hang
      if (closed) hang()
    }
    this.#open.add(connection)
    open().catch(() => wire.end(1006))
    return () => {
      closed = true
      this.#open.delete(connection)
      // The server is told only when something still gets there.
      if (!connection.zombie) time.after(this.delay(), () => connection.hangUp?.())
    }
  }
}

/** What lies between browsers and processes: a balancer that keeps nobody at one process. */
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

  /** The answer of some process; of the balancer, when there is none or it dies meanwhile. */
  async serve(request: Request): Promise<{ status: number; headers: Headers; text: string }> {
    try {
      const response = await this.balance()!.serve(request)
      return { status: response.status, headers: response.headers, text: await response.text() }
    } catch {
      return { status: 502, headers: new Headers(), text: 'Bad Gateway' }
    }
  }
}
