import { seeded } from '../test/support/random.ts'
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
import type { Environment } from './environment.ts'
import { Network } from './network.ts'
import { Oracle } from './oracle.ts'
import { type Person, signUp } from './people.ts'
import type { Tab } from './tab.ts'
import { Time } from './time.ts'
import { history } from './traffic.ts'

/** The parts of a page: the production ones, unless a bug replaces some. */
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

/** Milliseconds without faults within which the promises must be met; checked after each step. */
const RECOVERY_STEPS_MS = [1000, 4000, 15_000, 30_000, 60_000, 60_000, 60_000, 60_000]

/** Ada, Bob and Eve with their browsers, two processes and the networks between. The seed determines everything. */
export class World {
  readonly random: () => number
  readonly net: Network
  readonly oracle = new Oracle(this)
  readonly origin: string
  readonly parts: Parts
  /** No event is lost silently, so pages run without the sweep. */
  readonly lossless: boolean
  /** One line per event. */
  readonly log: string[] = []
  people: Person[] = []
  browsers: Browser[] = []
  #bodies = 0

  constructor(
    readonly environment: Environment,
    { seed, lossless = false, parts = {} }: { seed: number; lossless?: boolean; parts?: Partial<Parts> },
  ) {
    this.random = seeded(seed)
    this.net = new Network(environment.time, this.random)
    this.net.processes = environment.processes
    this.origin = environment.deps.config.origin
    this.parts = { ...realParts, ...parts }
    this.lossless = lossless
  }

  get deps() {
    return this.environment.deps
  }

  get time(): Time {
    return this.environment.time
  }

  get tabs(): Tab[] {
    return this.browsers.flatMap(({ tabs }) => tabs)
  }

  /** Tabs that are neither frozen, suspended nor closed. */
  get awake(): Tab[] {
    return this.tabs.filter(({ isAwake }) => isAwake)
  }

  /** Creates the users and opens their conversations. */
  async start(): Promise<void> {
    await this.environment.reset(this.random)
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

  /** Ends all faults and waits. Returns the violations that remain. */
  async recover(): Promise<string[]> {
    const { bus, processes } = this.environment
    bus.fates = []
    if (bus.isDown) bus.setDown(false)
    for (const process of processes) {
      process.crashAt = null
      process.stall = 0
      await process.replica.setLag(0)
      process.busClient.setDisconnected(false)
      if (process.state === 'stopping') process.crash()
      if (process.state === 'down') process.start()
    }
    for (const browser of this.browsers) {
      browser.link.fates = []
      browser.link.blocksSockets = false
      browser.network('ok')
      browser.disk.state = 'ok'
      if (this.random() < 0.5) for (const tab of browser.tabs) tab.thaw()
      // Otherwise some tabs stay suspended, which must not affect the others.
      const hasPending = browser.disk.isBusy || browser.disk.waiting.length > 0
      if (hasPending && !browser.tabs.some(({ isAwake }) => isAwake))
        browser.open(this.partnerOf(browser.person))
    }
    const faults = await this.#waitUntilCorrect(RECOVERY_STEPS_MS)
    if (faults.length > 0) return faults
    if (this.lossless) return this.#sendAndCheck()
    return this.#scrollBack() ? this.#waitUntilCorrect(RECOVERY_STEPS_MS) : []
  }

  /** Sends without faults and checks that the messages arrive promptly. */
  async #sendAndCheck(): Promise<string[]> {
    // Long enough for every page to detect a lost connection.
    await this.time.pass(100_000)
    for (const role of ['ada', 'bob']) this.awake.find(({ browser }) => browser.person.role === role)?.say()
    return this.#waitUntilCorrect([3000])
  }

  /** Lets time pass until there are no violations. Returns those that remain after the last step. */
  async #waitUntilCorrect(steps: number[]): Promise<string[]> {
    let faults: string[] = []
    for (const ms of steps) {
      await this.time.pass(ms)
      faults = await this.oracle.faults()
      if (faults.length === 0) break
    }
    return faults
  }

  /** Loads earlier messages in every tab. Returns whether any tab had some to load. */
  #scrollBack(): boolean {
    const scrolling = this.awake.filter(({ page }) => page && page.thread.view().previous !== null)
    for (const { page } of scrolling) page?.thread.loadEarlier().catch(() => {})
    return scrolling.length > 0
  }

  /** The person to whom this one writes. */
  partnerOf({ role }: Person): Person {
    return this.people.find((other) => other.role === (role === 'ada' ? 'bob' : 'ada'))!
  }

  /** Stops everything in this world. */
  async end(): Promise<void> {
    for (const tab of this.tabs) tab.browser.crash(tab)
    await this.environment.reset(this.random)
  }

  /** Returns a unique text that names the two people who may see it. */
  body(from: Person, to: Person): string {
    return `«${from.role}-${to.role}»${++this.#bodies}`
  }

  trace(who: string, what: string): void {
    const at = String(this.time.now() - Time.START).padStart(8)
    // Usernames differ between worlds; roles do not.
    this.log.push(`${at} ms  ${who.padEnd(14)} ${what.replace(/\b(ada|bob|eve)\d+/g, '$1')}`)
  }

  /** Returns the JSON of a path for this person, from the app without faults. */
  async get(person: Person, path: string): Promise<unknown> {
    const headers = { authorization: `Bearer ${person.witness}` }
    const response = await this.environment.witness.fetch(new Request(this.origin + path, { headers }))
    if (!response.ok) throw new Error(`${path}: ${response.status}`)
    return response.json()
  }
}
