import { localOutbox, type OutboxStore } from '../web/outbox.ts'
import { Link, type LinkState } from './network.ts'
import { type Person, signIn } from './people.ts'
import { Tab } from './tab.ts'
import type { World } from './world.ts'

/** One browser of a person: its tabs share the cookie, the outbox, the network and the clock. */
export class Browser {
  readonly link: Link
  tabs: Tab[] = []
  /** Milliseconds by which its clock is ahead of the world's. */
  ahead = 0
  /** Of its session. */
  token = ''
  #opened = 0
  #uuids = 0
  readonly #storage = new MapStorage()

  constructor(
    readonly world: World,
    readonly name: string,
    readonly person: Person,
  ) {
    this.link = new Link(world.net, (what, text) => {
      world.trace(name, `gets ${what}`)
      world.oracle.inspect(person, text)
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

  /** What waits to be sent, of all its tabs. */
  get waiting(): Promise<unknown[]> {
    return localOutbox(this.#storage, this.me).all()
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
    tab.close()
    this.tabs = this.tabs.filter((other) => other !== tab)
  }

  /** The same page, loaded again. */
  reload(tab: Tab): void {
    this.close(tab)
    this.open(tab.person)
  }

  /** All at once, and nothing is said to anybody. */
  crash(): void {
    for (const tab of this.tabs) tab.close()
    this.tabs = []
  }

  /** The network of this browser changes, which it is told where a browser would be. */
  network(state: LinkState): void {
    const before = this.link.state
    this.link.become(state)
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
    return { cookie: `session=${this.token}`, origin: this.world.origin }
  }

  /** As the browser would keep it, a moment later; a tab that is gone by then has not kept it. */
  outbox(tab: Tab): OutboxStore {
    const kept = localOutbox(this.#storage, this.me)
    const { time, oracle, random } = this.world
    let last = Promise.resolve()
    // One after the other, each after a while.
    const aMoment = () => {
      last = last.then(() => time.sleep(random() < 0.5 ? 0 : 5))
      return tab.outside(last)
    }
    return {
      all: async () => {
        await aMoment()
        return kept.all()
      },
      put: async (message) => {
        await aMoment()
        oracle.kept(message.clientId)
        return kept.put(message)
      },
      remove: async (clientId) => {
        await aMoment()
        await kept.remove(clientId)
      },
    }
  }

  /** `WebSocket`, as far as the page uses it, for this tab. */
  Socket(tab: Tab): typeof WebSocket {
    const browser = this
    return class {
      onmessage: ((event: { data: string }) => void) | null = null
      onclose: ((event: { code: number }) => void) | null = null
      readonly close = browser.link.connect('socket', browser.headers, {
        frame: (data) => tab.input(() => this.onmessage?.({ data })),
        end: (code = 1006) => tab.input(() => this.onclose?.({ code })),
      })
    } as never
  }

  /** `EventSource`, likewise. */
  Source(tab: Tab): typeof EventSource {
    const browser = this
    return class {
      readonly #listeners = new Map<string, (event: { data: string }) => void>()
      onerror: (() => void) | null = null
      readonly close = browser.link.connect('stream', browser.headers, {
        frame: (data) => tab.input(() => this.#listeners.get(JSON.parse(data).type)?.({ data })),
        end: () => tab.input(() => this.onerror?.()),
      })
      addEventListener(type: string, listener: (event: { data: string }) => void) {
        this.#listeners.set(type, listener)
      }
    } as never
  }
}

/** `localStorage` of one browser. */
class MapStorage {
  readonly #entries = new Map<string, string>()
  get length() {
    return this.#entries.size
  }
  key = (index: number) => [...this.#entries.keys()][index] ?? null
  getItem = (key: string) => this.#entries.get(key) ?? null
  setItem = (key: string, value: string) => void this.#entries.set(key, value)
  removeItem = (key: string) => void this.#entries.delete(key)
}
