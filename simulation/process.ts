import { type App, createApp } from '../src/app.ts'
import type { Orm } from '../src/database/orm.ts'
import type { Peer } from '../src/http/client-address.ts'
import type { SocketData } from '../src/live/websocket.ts'
import { websocketHandler } from '../src/live/websocket.ts'
import type { Deps } from '../src/process/deps.ts'
import { paths } from '../web/paths.ts'
import type { BusEnd } from './bus.ts'
import type { Time } from './time.ts'

/** Where a transaction of a process may be when the process dies. */
export type CrashPoint = 'before the commit' | 'after the commit'

/** The server's end of a live connection, as the network has it. */
export type Wire = { frame(json: string): void; end(code?: number): void }

/** The process is no more, and does nothing any more. */
class Dead extends Error {}

/**
 * A real app as one process among several: on the database of all, with its own end of the bus. It can die at any point,
 * and start again.
 */
export class Process {
  readonly app: App
  readonly deps: Deps
  state: 'up' | 'stopping' | 'down' = 'down'
  /** Where it dies next. */
  crashAt: CrashPoint | null = null
  /** Milliseconds that a transaction takes before and after. */
  stall = 0
  /** Milliseconds by which its clock is ahead. */
  ahead = 0
  /** One for each start: what an earlier one left running must do nothing. */
  #life = new AbortController()
  readonly #periodic: { run: () => void; ms: number }[] = []
  readonly #wires = new Set<Wire>()
  readonly #sockets: ReturnType<typeof websocketHandler>

  constructor(
    readonly name: string,
    shared: Deps,
    readonly time: Time,
    readonly end: BusEnd,
    /** Puts a bug in. */
    plant: (deps: Deps, process: Process) => Deps = (deps) => deps,
  ) {
    const orm = this.#mortal(shared.orm)
    const bus = { ...this.#facade(end) }
    const now = () => new Date(time.now() + this.ahead)
    this.deps = plant({ ...shared, orm, bus, now }, this)
    this.app = this.#withItsTimers(() => createApp(this.deps))
    this.#sockets = websocketHandler(this.app.hub)
  }

  start(): void {
    this.#life = new AbortController()
    this.state = 'up'
    const { signal } = this.#life
    for (const { run, ms } of this.#periodic) {
      const again = () => {
        if (signal.aborted) return
        run()
        this.time.after(ms, again)
      }
      this.time.after(ms, again)
    }
  }

  /** Dies this moment: nothing that it was doing goes on, and its connections break. */
  crash(): void {
    this.state = 'down'
    this.crashAt = null
    this.#life.abort(new Dead(`${this.name} is dead`))
    this.end.forget()
    for (const wire of [...this.#wires]) wire.end()
  }

  /** As after SIGTERM: takes no more, lets requests finish, sends the live connections elsewhere. */
  async stop(): Promise<void> {
    this.state = 'stopping'
    for (const wire of [...this.#wires]) wire.end(1001)
    await this.time.sleep(500)
    if (this.state === 'stopping') this.crash()
  }

  /** Answers the request, unless it dies before. */
  serve(request: Request, peer?: Peer): Promise<Response> {
    const { signal } = this.#life
    const answer = this.time.work(async () => this.app.fetch(request, peer))
    return Promise.race([answer, aborted(signal)])
  }

  /** Opens a live connection over a WebSocket; answers what closes it, or null when it is refused. */
  async openSocket(headers: HeadersInit, wire: Wire): Promise<(() => void) | null> {
    const request = new Request(new URL(paths.api.events, this.deps.config.origin), {
      headers: { ...headers, upgrade: 'websocket' },
    })
    let session: SocketData['session'] | null = null
    const upgrade = (of: SocketData['session']) => {
      session = of
      return true
    }
    await this.serve(request, { address: 'simulated', upgrade })
    if (!session) return null
    const socket = {
      data: { session } as SocketData,
      readyState: WebSocket.OPEN as number,
      send(json: string) {
        wire.frame(json)
        return json.length
      },
      close: (code: number) => mine.end(code),
    }
    const mine: Wire = {
      frame: wire.frame,
      end: (code) => {
        if (!this.#wires.delete(mine)) return
        socket.readyState = WebSocket.CLOSED
        this.#sockets.close?.(socket as never, code ?? 1006, '')
        wire.end(code ?? 1006)
      },
    }
    this.#wires.add(mine)
    this.#sockets.open?.(socket as never)
    return () => mine.end()
  }

  /** Opens a live connection over server-sent events; answers what closes it, or null when it is refused. */
  async openStream(headers: HeadersInit, wire: Wire): Promise<(() => void) | null> {
    const away = new AbortController()
    const url = new URL(paths.api.events, this.deps.config.origin)
    const response = await this.serve(new Request(url, { headers, signal: away.signal }))
    if (!response.ok || !response.body) return null
    const mine: Wire = {
      frame: wire.frame,
      end: () => {
        if (!this.#wires.delete(mine)) return
        away.abort()
        wire.end()
      },
    }
    this.#wires.add(mine)
    void this.#read(response.body, mine)
    return () => mine.end()
  }

  async #read(body: ReadableStream<Uint8Array>, wire: Wire): Promise<void> {
    try {
      for await (const chunk of body.pipeThrough(new TextDecoderStream() as never)) {
        for (const [, json] of `${chunk}`.matchAll(/^data: (.*)$/gm)) wire.frame(json!)
      }
    } catch {
      // Cut.
    }
    wire.end()
  }

  /** The database, as long as the process lives; each transaction is a place to die at. */
  #mortal(orm: Orm): Orm {
    const fork = () => {
      const { signal } = this.#life
      signal.throwIfAborted()
      const em = orm.em.fork()
      const transactional = em.transactional.bind(em)
      em.transactional = async (work) => {
        await this.#dawdle(signal)
        const done = await transactional(async (inner) => {
          signal.throwIfAborted()
          const result = await work(inner)
          this.#reach('before the commit', signal)
          return result
        })
        this.#reach('after the commit', signal)
        await this.#dawdle(signal)
        signal.throwIfAborted()
        return done
      }
      return em
    }
    return overlay(orm, { em: overlay(orm.em, { fork }) })
  }

  /** As long as the process lives: nobody waits for the dead. */
  async #dawdle(signal: AbortSignal): Promise<void> {
    if (this.stall) await Promise.race([this.time.pause(this.stall), aborted(signal)])
  }

  #reach(point: CrashPoint, signal: AbortSignal): void {
    if (this.crashAt === point && !signal.aborted) this.crash()
    signal.throwIfAborted()
  }

  #facade(end: BusEnd): Deps['bus'] {
    return {
      kind: end.kind,
      publish: async (user, note) => {
        if (this.state === 'down') throw new Dead()
        await end.publish(user, note)
      },
      subscribe: (user, listener) => end.subscribe(user, listener),
      onGap: (listener) => end.onGap(listener),
      ping: () => end.ping(),
      close: () => end.close(),
    }
  }

  /** What the app does every so often, it does by simulated time. */
  #withItsTimers<T>(make: () => T): T {
    const { setInterval } = globalThis
    globalThis.setInterval = ((run: () => void, ms: number) => {
      this.#periodic.push({ run, ms })
      return { unref() {} }
    }) as unknown as typeof setInterval
    try {
      return make()
    } finally {
      globalThis.setInterval = setInterval
    }
  }
}

/** `of` with other members; its methods keep their own `this`. */
export function overlay<T extends object>(of: T, members: Partial<T>): T {
  return new Proxy(of, {
    get(target, key) {
      if (key in members) return Reflect.get(members, key)
      const member = Reflect.get(target, key)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason), { once: true }),
  )
}
