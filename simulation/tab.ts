import type { MessageView } from '../src/messages/schema.ts'
import type { Clock } from '../web/clock.ts'
import type { ConversationProps } from '../web/conversation-props.ts'
import { createList } from '../web/list.ts'
import { type Live, SWEEP } from '../web/live.ts'
import { paths } from '../web/paths.ts'
import type { Sender } from '../web/sender.ts'
import type { Thread } from '../web/thread.ts'
import { eventStream, webSocket } from '../web/transport.ts'
import type { Browser } from './browser.ts'
import type { Person } from './people.ts'

/** What a page is made of while it is alive. */
type Page = {
  thread: Thread
  sender: Sender
  live: Live
  read(person: string, seq: number): void
  /** What the list shows as unread; null where there is no list. */
  unread: (() => number) | null
}

/**
 * A tab with one conversation open: the page's own parts, put together as `web/client.tsx` does, without anything drawn.
 * Whatever comes from outside comes through {@link input}.
 */
export class Tab {
  page: Page | null = null
  /** The furthest that was read on this page. */
  readUpTo = 0
  #frozen = false
  #held: (() => void)[] = []
  #closed = false

  constructor(
    readonly browser: Browser,
    readonly name: string,
    /** Whom the conversation is with. */
    readonly person: Person,
  ) {
    void this.#load()
  }

  get isOpen(): boolean {
    return !this.#closed
  }

  /** Something happens to the page: not to one that is gone, and later to one that the browser has frozen. */
  input(run: () => void): void {
    if (this.#closed) return
    if (this.#frozen) this.#held.push(run)
    else run()
  }

  freeze(): void {
    this.#frozen = true
  }

  thaw(): void {
    if (!this.#frozen) return
    this.#frozen = false
    for (const run of this.#held.splice(0)) this.input(run)
    this.page?.live.nudge()
  }

  /** Nothing of it goes on. */
  close(): void {
    this.#closed = true
    this.page?.thread.close()
    this.page?.live.stop()
  }

  /** The person types something and sends it. */
  say(): void {
    this.input(() => {
      if (!this.page) return
      const { world, person: from } = this.browser
      const body = world.body(from, this.person)
      const clientId = this.page.sender.send(this.person.username, body)
      world.oracle.typed(clientId, { at: this.name, from, to: this.person, body })
    })
  }

  /** Answers a promise that settles as an input does. */
  outside<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      promise.then(
        (value) => this.input(() => resolve(value)),
        (error) => this.input(() => reject(error)),
      )
    })
  }

  /** The page comes from the server; whoever gets none tries again, and whoever is asked to sign in does. */
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
    const { browser } = this
    const person = this.person.username
    const { parts, world, me } = browser
    const { random } = world
    const clock = {
      now: () => browser.now(),
      after: (ms: number, run: () => void) => world.time.after(ms, () => this.input(run)),
    }
    let isLive = false
    const api = parts.createApi({
      fetch: (path, init) => this.#fetch(path, init),
      clock,
      onSignedOut: () => this.#leave(),
    })
    const landed = (to: string, message: MessageView | null) => {
      if (to === person) message ? thread.landed(message) : void thread.catchUp()
      if (!isLive) void list.refresh()
    }
    const sender: Sender = new parts.Sender({
      post: api.send,
      store: parts.outbox(browser.outbox(this)),
      clock,
      random,
      uuid: () => browser.uuid(),
      reason: ({ message }) => message,
      onLanded: landed,
      onChange() {},
    })
    const readMark = parts.createReadMark({
      async read(person, seq) {
        await api.read(person, seq)
        if (!isLive) void list.refresh()
      },
      visible: () => !this.#frozen,
    })
    const thread: Thread = new parts.Thread({
      me,
      person,
      start: props,
      changes: api.changes,
      earlier: api.earlier,
      clock,
      random,
      outgoing: () => sender.outgoing(person),
      onConfirmed: (clientIds) => sender.confirmed(clientIds),
      onChange() {},
      onStranger: () => world.oracle.fault(`${this.name} was told of strangers`),
    })
    const shown = new ShownList()
    // Each refresh takes as long as all else that an event leads to: one tab in three is enough to see that it works.
    const hasList = random() < 1 / 3
    const list = createList({
      document: (hasList ? shown : noDocument) as unknown as Document,
      selected: () => person,
      fragment: api.fragment,
      morph: async (_, html) => shown.show(html),
    })
    const live: Live = new parts.Live({
      ladder: [
        parts.transport(webSocket('ws:', browser.Socket(this))),
        parts.transport(eventStream('', browser.Source(this))),
      ],
      clock: world.lossless ? withoutSweep(clock) : clock,
      random,
      onEvent(event) {
        if (event.type === 'message' && event.with === person) thread.hear(event.version)
        if (event.type === 'message' || event.type === 'read') void list.refresh()
      },
      onMissed() {
        void thread.catchUp()
        void list.refresh()
        readMark.flush()
        void sender.resume()
      },
      onStatus: (status) => {
        isLive = status === 'live'
      },
      onSignedOut: () => this.#leave(),
      onRefused: () => void api.session().catch(() => {}),
    })
    this.page = { thread, sender, live, read: readMark.read, unread: hasList ? () => shown.unread : null }
    this.readUpTo = 0
    void sender.resume()
    live.start()
  }

  /** To the page to sign in, where nothing of this page goes on; and back. */
  #leave(): void {
    if (!this.#closed) this.browser.reload(this)
  }
}

/** Nothing is repaired by the way. */
function withoutSweep(clock: Clock): Clock {
  return { ...clock, after: (ms, run) => (ms === SWEEP ? () => {} : clock.after(ms, run)) }
}

const noDocument = { getElementById: () => null }

/** As much of a document as the list of conversations needs. */
class ShownList {
  title = 'ChatApp'
  #unread: number[] = []

  get unread(): number {
    return Number(/^\((\d+)\)/.exec(this.title)?.[1] ?? 0)
  }

  show(html: string): void {
    this.#unread = [...html.matchAll(/data-unread="(\d+)"/g)].map(([, count]) => Number(count))
  }

  getElementById(): this {
    return this
  }

  querySelectorAll(selector: string): object[] {
    return selector.includes('[data-unread]') ? this.#unread.map((unread) => ({ dataset: { unread } })) : []
  }
}
