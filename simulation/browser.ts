import { cookieNames } from '../src/http/cookies.ts'
import { FakeBrowser } from '../test/support/page-fakes.ts'
import { type OutboxStore, openOutbox } from '../web/sync/outbox.ts'
import { Disk } from './disk.ts'
import { Link, type LinkState } from './network.ts'
import { type Person, signIn } from './people.ts'
import { Tab } from './tab.ts'
import type { World } from './world.ts'

/** One browser. Its tabs share the cookie, disk, network, clock, locks and broadcast channels. */
export class Browser {
  readonly link: Link
  readonly disk: Disk
  readonly shared: FakeBrowser
  /** False for pages served over plain HTTP, where the Web Locks API is missing. */
  readonly hasLocks: boolean
  tabs: Tab[] = []
  /** Milliseconds by which the browser's clock is ahead of the world's. */
  ahead = 0
  /** The session token. */
  token = ''
  #opened = 0
  #uuids = 0

  constructor(
    readonly world: World,
    readonly name: string,
    readonly person: Person,
  ) {
    this.link = new Link(world.net, (what, text) => {
      // The connection ID is the only random value that does not come from the seed.
      world.trace(name, `receives ${what.replace(/"connection":"[^"]+"/, '"connection":"…"')}`)
      world.oracle.inspect(person, text)
    })
    this.disk = new Disk(world)
    this.hasLocks = world.random() < 0.8
    const shortDelay = () => 5 * Math.floor(world.random() * 3)
    let last = 0
    this.shared = new FakeBrowser(world.time, {
      grant: (run) => void world.time.after(shortDelay(), run),
      // Delivers in the order of posting.
      deliver(run) {
        last = Math.max(last, world.time.now() + shortDelay())
        world.time.after(last - world.time.now(), run)
      },
    })
  }

  get parts() {
    return this.world.parts
  }

  get me(): string {
    return this.person.username
  }

  now(): number {
    return this.world.time.now() + this.ahead
  }

  uuid(): string {
    return `${this.name}-${++this.#uuids}`
  }

  async signIn(): Promise<void> {
    this.token = await signIn(this.world, this.person)
  }

  /** Opens a conversation in a new tab. */
  open(person: Person): Tab {
    const tab = new Tab(this, `${this.name}/${++this.#opened}`, person)
    this.tabs.push(tab)
    this.world.trace(tab.name, `opens ${person.role}`)
    return tab
  }

  close(tab: Tab): void {
    tab.leave()
    this.crash(tab)
  }

  /** Ends the tab without any lifecycle event. */
  crash(tab: Tab): void {
    tab.crash()
    this.tabs = this.tabs.filter((other) => other !== tab)
  }

  /** Reloads the page. */
  reload(tab: Tab): void {
    this.close(tab)
    this.open(tab.person)
  }

  /** Changes the network state, and fires `offline` and `online` as a browser would. */
  network(state: LinkState): void {
    const before = this.link.state
    this.link.setState(state)
    for (const tab of this.tabs) {
      if (state === 'cut') tab.input(() => tab.page?.live.offline())
      else if (before === 'cut') tab.input(() => tab.page?.live.nudge())
    }
  }

  fetch(path: string, init: RequestInit): Promise<Response> {
    const headers = { ...(init.headers as Record<string, string>), ...this.headers }
    const { method = 'GET', body = null } = init
    const request = new Request(this.world.origin + path, { method, headers, body })
    return this.link.request(request, init.signal)
  }

  get headers(): Record<string, string> {
    return { cookie: `${cookieNames(this.world).session}=${this.token}`, origin: this.world.origin }
  }

  /** The production outbox on this browser's simulated disk. */
  outbox(tab: Tab): OutboxStore {
    const { disk, me } = this
    const store = openOutbox(this.parts.local(disk.local), { me, clock: tab.clock })
    return {
      all: () => disk.for(tab, () => store.all()),
      put: (message) => disk.for(tab, () => store.put(message)),
      remove: (clientId) => disk.for(tab, () => store.remove(clientId)),
    }
  }

  /** The part of `WebSocket` that the page uses, bound to this tab. */
  Socket(tab: Tab): typeof WebSocket {
    return class {
      onmessage: ((event: { data: string }) => void) | null = null
      onclose: ((event: { code: number }) => void) | null = null
      readonly close = tab.connect('socket', {
        frame: (data) => this.onmessage?.({ data }),
        end: (code = 1006) => this.onclose?.({ code }),
      })
    } as never
  }

  /** The part of `EventSource` that the page uses, bound to this tab. */
  Source(tab: Tab): typeof EventSource {
    return class {
      readonly #listeners = new Map<string, (event: { data: string }) => void>()
      onerror: (() => void) | null = null
      readonly close = tab.connect('stream', {
        frame: (data) => this.#listeners.get(JSON.parse(data).type)?.({ data }),
        end: () => this.onerror?.(),
      })
      addEventListener(type: string, listener: (event: { data: string }) => void) {
        this.#listeners.set(type, listener)
      }
    } as never
  }
}
