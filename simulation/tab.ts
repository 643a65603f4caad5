import type { FakeTab } from '../test/support/page-fakes.ts'
import type { ConversationProps } from '../web/chat/conversation-props.ts'
import type { ListView } from '../web/client/conversation-list.ts'
import { paths } from '../web/paths.ts'
import type { Clock } from '../web/sync/clock.ts'
import { SWEEP_INTERVAL_MS } from '../web/sync/connection.ts'
import type { ConversationStore } from '../web/sync/conversation-store.ts'
import type { SendQueue } from '../web/sync/send-queue.ts'
import type { SharedConnection } from '../web/sync/shared-connection.ts'
import { eventStream, webSocket } from '../web/sync/transport.ts'
import type { Browser } from './browser.ts'
import type { Person } from './people.ts'

/** The parts of a loaded page. */
type Page = {
  thread: ConversationStore
  sender: SendQueue
  live: SharedConnection
  read(person: string, seq: number): void
  /** Returns the unread total that the list shows; null without a list. */
  unread: (() => number) | null
}

/** A tab with one conversation open: the production page without a screen. All external input goes through {@link input}. */
export class Tab {
  page: Page | null = null
  /** The highest `seq` read on this page. */
  readUpTo = 0
  /** `frozen`: after a lifecycle event. `suspended`: without one, as when a laptop lid is closed. */
  #state: 'awake' | 'frozen' | 'suspended' | 'closed' = 'awake'
  /** The fake browser's side of this tab. */
  readonly #here: FakeTab
  readonly #connections = new Set<() => void>()
  readonly clock: Clock

  constructor(
    readonly browser: Browser,
    readonly name: string,
    /** The other person in the conversation. */
    readonly person: Person,
  ) {
    const here = browser.shared.open()
    this.#here = here
    this.clock = { now: () => browser.now(), after: (ms, run) => here.after(ms, run) }
    void this.#load()
  }

  get isAwake(): boolean {
    return this.#state === 'awake'
  }

  get isOpen(): boolean {
    return this.#state !== 'closed'
  }

  /** Delivers input to the page: dropped if the tab is closed, deferred if it is suspended. */
  input(run: () => void): void {
    this.#here.do(run)
  }

  /** Fires the event of a page that is frozen or left. */
  leave(): void {
    this.input(() => this.page?.live.stop())
  }

  freeze(): void {
    if (this.#state !== 'awake') return
    this.leave()
    this.#state = 'frozen'
    this.#here.suspend()
  }

  suspend(): void {
    if (this.#state !== 'awake') return
    this.#state = 'suspended'
    this.#here.suspend()
  }

  thaw(): void {
    const before = this.#state
    if (before === 'closed') return
    this.#state = 'awake'
    this.#here.resume()
    if (before !== 'frozen') return
    this.page?.live.start()
    this.page?.live.nudge()
  }

  /** Ends the tab and all its work. */
  crash(): void {
    this.#state = 'closed'
    this.#here.crash()
    this.page?.thread.close()
    for (const close of this.#connections) close()
  }

  /** Opens a live connection, which breaks when the tab closes. */
  connect(
    kind: 'socket' | 'stream',
    on: { frame(json: string): void; end(code?: number): void },
  ): () => void {
    const { link, headers } = this.browser
    const hangUp = link.connect(kind, headers, {
      frame: (json) => this.input(() => on.frame(json)),
      end: (code) => this.input(() => on.end(code)),
    })
    const close = () => {
      this.#connections.delete(close)
      hangUp()
    }
    this.#connections.add(close)
    return close
  }

  /** Types and sends a message. */
  say(): void {
    this.input(() => {
      if (!this.page) return
      const { world, person: from } = this.browser
      const body = world.body(from, this.person)
      const clientId = this.page.sender.send(this.person.username, body)
      world.oracle.typed(clientId, { at: this.name, from, to: this.person, body })
    })
  }

  /** Returns a promise that settles through {@link input}. */
  outside<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      promise.then(
        (value) => this.input(() => resolve(value)),
        (error) => this.input(() => reject(error)),
      )
    })
  }

  /** Loads the page from the server: retries failures, and signs in when redirected. */
  async #load(): Promise<void> {
    const { browser } = this
    for (;;) {
      const patience = new AbortController()
      browser.world.time.after(30_000, () => patience.abort())
      const headers = { accept: 'text/html', 'hx-request': 'true' }
      const response = await this.outside(
        browser.fetch(paths.chat(this.person.username), { headers, signal: patience.signal }),
      ).catch(() => null)
      const page = response?.ok ? await response.text() : ''
      const json = /id="conversation-props"[^>]*>(.*?)<\/script>/s.exec(page)?.[1]
      if (json) return this.#start(JSON.parse(json))
      await this.outside(browser.world.time.sleep(3000))
      if (response && response.status < 500) await browser.signIn()
    }
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    const response = await this.outside(this.browser.fetch(path, init))
    if (response.ok && init.method === 'POST') {
      this.browser.world.oracle.acknowledged(JSON.parse(String(init.body)).clientId)
    }
    return response
  }

  #start(props: ConversationProps): void {
    const { browser, clock } = this
    const person = this.person.username
    const { parts, world, me } = browser
    const { random } = world
    const here = this.#here
    // Refreshing the list doubles the cost of an event, so only one tab in three has one.
    const list = random() < 1 / 3 ? new ShownList(person) : null
    const page = new parts.Page(
      {
        me,
        fetch: (path, init) => this.#fetch(path, init),
        clock,
        connectionClock: world.lossless ? withoutSweep(clock) : clock,
        random,
        uuid: () => browser.uuid(),
        outbox: parts.outbox(browser.outbox(this)),
        tabs: browser.hasLocks ? parts.tabs({ locks: here.locks, open: (name) => here.channel(name) }) : null,
        transports: [
          parts.transport(webSocket('ws:', browser.Socket(this))),
          parts.transport(eventStream('', browser.Source(this))),
        ],
        // Small, so that most conversations are trimmed.
        windowSize: 8,
        view: { onOutgoingChange() {}, onConnectionChange() {}, onConversationClosed() {}, list },
        describeRefusal: ({ message }) => message,
        onSignedOut: () => this.#leave(),
      },
      parts,
    )
    const thread = page.openConversation({
      person,
      start: props,
      onChange() {},
      onMoved: () => world.oracle.fault(`${this.name} got the conversation of another account`),
    })
    const { queue, live } = page
    this.page = {
      ...{ thread, sender: queue, live },
      read: (person, seq) => page.read(person, seq),
      unread: list && (() => list.unread),
    }
    this.readUpTo = 0
    page.start()
  }

  /** Reloads, which goes through the sign-in page. */
  #leave(): void {
    if (this.isOpen) this.browser.reload(this)
  }
}

/** Without the sweep, which would repair lost events. */
function withoutSweep(clock: Clock): Clock {
  return { ...clock, after: (ms, run) => (ms === SWEEP_INTERVAL_MS ? () => {} : clock.after(ms, run)) }
}

/** The conversation list without a document: the unread count of each person. */
class ShownList implements ListView {
  #unread = new Map<string, number>()

  constructor(readonly person: string) {}

  get unread(): number {
    return this.#unread.values().reduce((sum, count) => sum + count, 0)
  }

  rowCount(): number {
    return this.#unread.size
  }

  selected(): string {
    return this.person
  }

  async showList(html: string): Promise<void> {
    this.#unread = unreadByPerson(html)
  }

  async showRow(html: string): Promise<boolean> {
    for (const [person, count] of unreadByPerson(html)) this.#unread.set(person, count)
    return true
  }
}

function unreadByPerson(html: string): Map<string, number> {
  const rows = html.matchAll(/<li id="c-([^"]+)"[^>]*>.*?data-unread="(\d+)"/gs)
  return new Map([...rows].map(([, person, count]) => [person!, Number(count)]))
}
