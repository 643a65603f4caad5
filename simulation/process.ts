import { type App, createApp } from '../src/app.ts'
import type { Orm } from '../src/database/orm.ts'
import type { Peer } from '../src/http/client-address.ts'
import type { SocketData } from '../src/live/websocket.ts'
import { websocketHandler } from '../src/live/websocket.ts'
import { GroupCommit } from '../src/messages/group-commit.ts'
import type { Deps } from '../src/process/deps.ts'
import { paths } from '../web/paths.ts'
import type { BusClient } from './bus.ts'
import type { Replica } from './replica.ts'
import type { Time } from './time.ts'

/** Points in a transaction at which the process can die. */
export type CrashPoint = 'before the commit' | 'after the commit'

/** Injects a bug into a process. */
export type Plant = (deps: Deps, process: Process) => Deps

/** The network's interface to a live connection. */
export type Wire = { frame(json: string): void; end(code?: number): void }

/** Thrown by everything that a dead process attempts. */
class ProcessDied extends Error {}

/**
 * The real app as one of several processes, with a shared database and its own bus connection. It can die at any point and
 * restart.
 */
export class Process {
  readonly app: App
  readonly deps: Deps
  state: 'up' | 'stopping' | 'down' = 'down'
  /** The point of the next crash. */
  crashAt: CrashPoint | null = null
  /** Milliseconds of delay before and after each transaction. */
  stall = 0
  /** Milliseconds by which the process clock is ahead. */
  ahead = 0
  /** One per start: work left over from an earlier start must have no effect. */
  #life = new AbortController()
  readonly #periodic: { run: () => void; ms: number }[] = []
  readonly #wires = new Set<Wire>()
  readonly #sockets: ReturnType<typeof websocketHandler>

  readonly busClient: BusClient
  readonly replica: Replica

  /** @param plant injects a bug */
  constructor(
    readonly name: string,
    shared: Deps,
    readonly time: Time,
    {
      busClient,
      replica,
      plant = (deps) => deps,
    }: { busClient: BusClient; replica: Replica; plant?: Plant | undefined },
  ) {
    this.busClient = busClient
    this.replica = replica
    const orm = this.#withCrashPoints(shared.orm)
    const bus = this.#busOf(busClient)
    const now = () => new Date(time.now() + this.ahead)
    this.deps = plant({ ...shared, orm, bus, now, groupCommit: new GroupCommit() }, this)
    this.app = this.#withSimulatedTimers(() => createApp(this.deps))
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

  /** Kills the process: pending work stops and all connections break. */
  crash(): void {
    this.state = 'down'
    this.crashAt = null
    this.#life.abort(new ProcessDied(`${this.name} is dead`))
    this.busClient.reset()
    for (const wire of [...this.#wires]) wire.end()
  }

  /** Shuts down as after SIGTERM: refuses new requests, finishes pending ones, closes live connections with code 1001. */
  async stop(): Promise<void> {
    this.state = 'stopping'
    for (const wire of [...this.#wires]) wire.end(1001)
    await this.time.sleep(500)
    if (this.state === 'stopping') this.crash()
  }

  /** Returns the response. Rejects if the process dies first. */
  serve(request: Request, peer?: Peer): Promise<Response> {
    const { signal } = this.#life
    const response = this.time.work(async () => this.app.fetch(request, peer))
    return Promise.race([response, aborted(signal)])
  }

  /** Opens a WebSocket. Returns a function that closes it, or null if it was refused. */
  async openSocket(headers: HeadersInit, wire: Wire): Promise<(() => void) | null> {
    const request = new Request(new URL(paths.api.events, this.deps.config.origin), {
      headers: { ...headers, upgrade: 'websocket' },
    })
    let session: SocketData['session'] | null = null
    const upgrade = (accepted: SocketData['session']) => {
      session = accepted
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
      close: (code: number) => tracked.end(code),
    }
    const tracked: Wire = {
      frame: wire.frame,
      end: (code) => {
        if (!this.#wires.delete(tracked)) return
        socket.readyState = WebSocket.CLOSED
        this.#sockets.close?.(socket as never, code ?? 1006, '')
        wire.end(code ?? 1006)
      },
    }
    this.#wires.add(tracked)
    this.#sockets.open?.(socket as never)
    return () => tracked.end()
  }

  /** Opens an event stream. Returns a function that closes it, or null if it was refused. */
  async openStream(headers: HeadersInit, wire: Wire): Promise<(() => void) | null> {
    const client = new AbortController()
    const url = new URL(paths.api.events, this.deps.config.origin)
    const response = await this.serve(new Request(url, { headers, signal: client.signal }))
    if (!response.ok || !response.body) return null
    const tracked: Wire = {
      frame: wire.frame,
      end: () => {
        if (!this.#wires.delete(tracked)) return
        client.abort()
        wire.end()
      },
    }
    this.#wires.add(tracked)
    void this.#read(response.body, tracked)
    return () => tracked.end()
  }

  async #read(body: ReadableStream<Uint8Array>, wire: Wire): Promise<void> {
    try {
      for await (const chunk of body.pipeThrough(new TextDecoderStream() as never)) {
        for (const [, json] of `${chunk}`.matchAll(/^data: (.*)$/gm)) wire.frame(json!)
      }
    } catch {
      // The connection broke.
    }
    wire.end()
  }

  /** Wraps the database: it fails once the process is dead, each transaction has crash points, and some reads may lag. */
  #withCrashPoints(orm: Orm): Orm {
    const fork = () => {
      const { signal } = this.#life
      signal.throwIfAborted()
      const em = orm.em.fork()
      const transactional = em.transactional.bind(em)
      em.transactional = async (work) => {
        await this.#delay(signal)
        const done = await transactional(async (inner) => {
          signal.throwIfAborted()
          const result = await work(inner)
          this.#reachCrashPoint('before the commit', signal)
          return result
        })
        this.#reachCrashPoint('after the commit', signal)
        await this.#delay(signal)
        signal.throwIfAborted()
        return done
      }
      return em
    }
    const getKysely = () => this.replica.route(orm.em.getKysely())
    return overlay(orm, { em: overlay(orm.em, { fork, getKysely: getKysely as typeof orm.em.getKysely }) })
  }

  /** Waits for {@link stall}, or until the process dies. */
  async #delay(signal: AbortSignal): Promise<void> {
    if (this.stall) await Promise.race([this.time.pause(this.stall), aborted(signal)])
  }

  #reachCrashPoint(point: CrashPoint, signal: AbortSignal): void {
    if (this.crashAt === point && !signal.aborted) this.crash()
    signal.throwIfAborted()
  }

  #busOf(client: BusClient): Deps['bus'] {
    return {
      kind: client.kind,
      publish: async (user, message) => {
        if (this.state === 'down') throw new ProcessDied()
        await client.publish(user, message)
      },
      subscribe: (user, listener) => client.subscribe(user, listener),
      onGap: (listener) => client.onGap(listener),
      ping: () => client.ping(),
      close: () => client.close(),
    }
  }

  /** Runs the app's intervals on simulated time. */
  #withSimulatedTimers<T>(make: () => T): T {
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

/** Returns a proxy of `base` with some members replaced. Its other methods keep their own `this`. */
export function overlay<T extends object>(base: T, members: Partial<T>): T {
  return new Proxy(base, {
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
