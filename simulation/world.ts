import { Page, type PageEnv } from '../web/client/page.ts'
import { createApi } from '../web/sync/api.ts'
import type { Transport } from '../web/sync/connection.ts'
import { ConversationStore } from '../web/sync/conversation-store.ts'
import type { LocalStorage } from '../web/sync/local-storage.ts'
import type { OutboxStore } from '../web/sync/outbox.ts'
import { createReadMark } from '../web/sync/read-mark.ts'
import { SendQueue } from '../web/sync/send-queue.ts'
import { SharedConnection } from '../web/sync/shared-connection.ts'
import { Browser } from './browser.ts'
import type { Lab } from './lab.ts'
import { Network } from './network.ts'
import { Oracle } from './oracle.ts'
import { history } from './others.ts'
import { type Person, signUp } from './people.ts'
import type { Tab } from './tab.ts'
import { seeded, Time } from './time.ts'

/** What pages are made of: the real thing, unless a bug is planted. */
const realParts = {
  Page,
  createApi,
  createReadMark,
  SendQueue,
  SharedConnection,
  ConversationStore,
  local: (storage: LocalStorage) => storage,
  outbox: (store: OutboxStore) => store,
  tabs: (tabs: Tabs) => tabs,
  transport: (transport: Transport) => transport,
}
export type Parts = typeof realParts
type Tabs = NonNullable<PageEnv['tabs']>

/** How long all has to be well, in milliseconds, until the promises must be kept. Looked at after each. */
const CALM = [1000, 4000, 15_000, 30_000, 60_000, 60_000, 60_000, 60_000]

/** Ada, Bob and Eve, their browsers, two processes and what lies between: everything that happens is decided by the seed. */
export class World {
  readonly random: () => number
  readonly net: Network
  readonly oracle = new Oracle(this)
  readonly origin: string
  readonly parts: Parts
  /** No hint is lost without a word, so pages must not need the sweep, and have none. */
  readonly lossless: boolean
  /** What happened, a line each. */
  readonly log: string[] = []
  people: Person[] = []
  browsers: Browser[] = []
  #bodies = 0

  constructor(
    readonly lab: Lab,
    { seed, lossless = false, parts = {} }: { seed: number; lossless?: boolean; parts?: Partial<Parts> },
  ) {
    this.random = seeded(seed)
    this.net = new Network(lab.time, this.random)
    this.net.processes = lab.processes
    this.origin = lab.deps.config.origin
    this.parts = { ...realParts, ...parts }
    this.lossless = lossless
  }

  get deps() {
    return this.lab.deps
  }

  get time(): Time {
    return this.lab.time
  }

  get tabs(): Tab[] {
    return this.browsers.flatMap(({ tabs }) => tabs)
  }

  /** Those that somebody may look at. */
  get awake(): Tab[] {
    return this.tabs.filter(({ isAwake }) => isAwake)
  }

  /** Everybody is there and looks at a conversation. */
  async begin(): Promise<void> {
    await this.lab.reset(this.random)
    this.people = await signUp(this, ['ada', 'bob', 'eve'])
    const [ada, bob, eve] = this.people as [Person, Person, Person]
    const [laptop, phone, bobs, eves] = [
      new Browser(this, 'ada-laptop', ada),
      new Browser(this, 'ada-phone', ada),
      new Browser(this, 'bob-laptop', bob),
      new Browser(this, 'eve-laptop', eve),
    ]
    this.browsers = [laptop, phone, bobs, eves]
    for (const browser of this.browsers) await browser.signIn()
    if (this.random() < 0.5) await history(this, 12)
    laptop.open(bob)
    bobs.open(ada)
    if (this.random() < 0.5) laptop.open(bob)
    if (this.random() < 0.5) phone.open(bob)
    if (this.random() < 0.5) eves.open(ada)
    await this.time.pass(200)
  }

  /** All is well again. Answers what is wrong once enough time has passed. */
  async calm(): Promise<string[]> {
    const { bus, processes } = this.lab
    bus.fates = []
    if (bus.away) bus.setAway(false)
    for (const process of processes) {
      process.crashAt = null
      process.stall = 0
      process.end.setDeaf(false)
      if (process.state === 'stopping') process.crash()
      if (process.state === 'down') process.start()
    }
    for (const browser of this.browsers) {
      browser.link.fates = []
      browser.link.blocksSockets = false
      browser.network('well')
      browser.disk.state = 'well'
      if (this.random() < 0.5) for (const tab of browser.tabs) tab.thaw()
      // Else some sleep on, which must disturb nobody.
      const waits = browser.disk.isBusy || browser.disk.waiting.length > 0
      if (waits && !browser.tabs.some(({ isAwake }) => isAwake)) browser.open(this.partnerOf(browser.person))
    }
    const faults = await this.#rest(CALM)
    if (faults.length > 0) return faults
    if (this.lossless) return this.#talk()
    return this.#scrollBack() ? this.#rest(CALM) : []
  }

  /** What is sent while all is well is everywhere in a moment. */
  async #talk(): Promise<string[]> {
    // By then every page has noticed that it was not connected.
    await this.time.pass(100_000)
    for (const role of ['ada', 'bob']) this.awake.find(({ browser }) => browser.person.role === role)?.say()
    return this.#rest([3000])
  }

  /** Lets time pass until nothing is wrong any more; answers what still is at the end. */
  async #rest(patience: number[]): Promise<string[]> {
    let faults: string[] = []
    for (const ms of patience) {
      await this.time.pass(ms)
      faults = await this.oracle.faults()
      if (faults.length === 0) break
    }
    return faults
  }

  /** Everybody looks at what was before; answers whether anybody had to load it. */
  #scrollBack(): boolean {
    const scrolling = this.awake.filter(({ page }) => page && page.thread.view().previous !== null)
    for (const { page } of scrolling) page?.thread.loadEarlier().catch(() => {})
    return scrolling.length > 0
  }

  /** Whom this person writes to. */
  partnerOf({ role }: Person): Person {
    return this.people.find((other) => other.role === (role === 'ada' ? 'bob' : 'ada'))!
  }

  /** Nothing of it goes on. */
  async end(): Promise<void> {
    for (const tab of this.tabs) tab.browser.crash(tab)
    await this.lab.reset(this.random)
  }

  /** A text that says who may see it. */
  body(from: Person, to: Person): string {
    return `«${from.role}-${to.role}»${++this.#bodies}`
  }

  trace(who: string, what: string): void {
    const at = String(this.time.now() - Time.START).padStart(8)
    // Of all names only the roles are the same in every world.
    this.log.push(`${at} ms  ${who.padEnd(14)} ${what.replace(/\b(ada|bob|eve)\d+/g, '$1')}`)
  }

  /** What the API tells this person, on a way where nothing is lost. */
  async ask(person: Person, path: string): Promise<unknown> {
    const headers = { authorization: `Bearer ${person.witness}` }
    const response = await this.lab.witness.fetch(new Request(this.origin + path, { headers }))
    if (!response.ok) throw new Error(`${path}: ${response.status}`)
    return response.json()
  }
}
