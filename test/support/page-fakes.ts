import type { ChangesView, MessagePageView, MessageView } from '../../src/messages/schema.ts'
import { ApiError } from '../../web/sync/api.ts'
import type { Clock } from '../../web/sync/clock.ts'
import type { OutboxMessage, OutboxStore } from '../../web/sync/outbox.ts'
import type { Channel } from '../../web/sync/shared-connection.ts'
import type { Locks } from '../../web/sync/web-locks.ts'

/** For tests: a clock that stands still until it is told to go on. */
export class FakeClock implements Clock {
  #now = Date.UTC(2026, 0, 1)
  #timers: { at: number; run: () => void }[] = []

  now(): number {
    return this.#now
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + ms, run }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  /** Lets `ms` pass, and everything happen that happens within. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms
    await settled()
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#timers = this.#timers.filter((timer) => timer !== next)
      this.#now = Math.max(this.#now, next.at)
      next.run()
      await settled()
    }
    this.#now = end
  }

  #next(end: number) {
    return this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
  }
}

/** Every promise that can go on without outside help has done so. */
export const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

/** A promise that the test decides. */
export function pending<T>() {
  return Promise.withResolvers<T>()
}

/** For tests: the server's contract for one conversation, in memory. */
export class FakeServer {
  messages: MessageView[] = []
  version = 0

  constructor(readonly pageSize = 50) {}

  post(
    sender: string,
    recipient: string,
    { body, clientId }: { body: string; clientId: string | null },
  ): MessageView {
    const there = this.messages.find(
      (message) => clientId && message.sender === sender && message.clientId === clientId,
    )
    if (there && there.body !== body) throw new ApiError(409, {}, 0)
    if (there) return { ...there }
    const seq = this.messages.length + 1
    const message: MessageView = {
      id: `1-${seq}`,
      seq,
      version: ++this.version,
      sender,
      recipient,
      body,
      createdAt: new Date(Date.UTC(2026, 0, 1) + seq * 1000).toISOString(),
      editedAt: null,
      deletedAt: null,
      clientId,
    }
    this.messages.push(message)
    return { ...message }
  }

  edit(seq: number, body: string): void {
    const message = this.messages[seq - 1]
    if (message) this.messages[seq - 1] = { ...message, body, version: ++this.version }
  }

  changes(since: number): ChangesView {
    const changed = this.messages
      .filter((message) => message.version > since)
      .sort((a, b) => a.version - b.version)
    const results = changed.slice(0, this.pageSize)
    return {
      results,
      version: results.at(-1)?.version ?? this.version,
      more: changed.length > results.length,
    }
  }

  page(before = Number.POSITIVE_INFINITY, limit = 15): MessagePageView {
    const results = this.messages.filter(({ seq }) => seq < before).slice(-limit)
    const first = results[0]?.seq ?? 1
    return { results, previous: first > 1 ? first : null, next: null }
  }

  /** What a page that is loaded now starts from. */
  start(limit = 15) {
    const { results, previous } = this.page(undefined, limit)
    return { messages: results, previous, version: this.version }
  }
}

/** For tests: an outbox that survives the page that wrote to it. */
export function memoryOutbox(
  kept = new Map<string, OutboxMessage>(),
): OutboxStore & { kept: Map<string, OutboxMessage> } {
  return {
    kept,
    all: async () => [...kept.values()].sort((a, b) => a.at - b.at),
    async put(message) {
      kept.set(message.clientId, message)
      return true
    },
    async remove(clientId) {
      kept.delete(clientId)
    },
  }
}

type Waiting = {
  tab: FakeTab
  run(): Promise<void>
  resolve(): void
  reject(error: Error): void
}

/** For tests: one browser, whose tabs share locks and channels, and nothing else. */
export class FakeBrowser {
  readonly tabs = new Set<FakeTab>()
  readonly held = new Map<string, Waiting>()
  readonly queues = new Map<string, Waiting[]>()

  constructor(
    readonly clock: Clock,
    /** When a lock that is granted, and a word that is posted, gets to a tab. */
    readonly later: { grant(run: () => void): void; tell(run: () => void): void } = {
      grant: queueMicrotask,
      tell: queueMicrotask,
    },
  ) {}

  open(): FakeTab {
    const tab = new FakeTab(this)
    this.tabs.add(tab)
    return tab
  }

  /** Gives the lock to the next one, unless somebody has it. */
  grant(name: string): void {
    if (this.held.has(name)) return
    const next = this.queues.get(name)?.shift()
    if (next) this.give(name, next)
  }

  give(name: string, to: Waiting): void {
    this.held.set(name, to)
    const run = async () => {
      await to.run().then(to.resolve, to.reject)
      if (this.held.get(name) === to) this.free(name)
    }
    // The browser grants it elsewhere, and the tab learns of it later.
    this.later.grant(() => to.tab.do(run))
  }

  free(name: string): void {
    this.held.delete(name)
    this.grant(name)
  }
}

/** A tab, which may crash without a word, or be suspended: it holds what it holds and does nothing, until it goes on. */
export class FakeTab implements Clock {
  #state: 'running' | 'suspended' | 'gone' = 'running'
  #missed: (() => void)[] = []
  readonly channels = new Set<{ name: string; channel: Channel }>()

  constructor(readonly browser: FakeBrowser) {}

  do(task: () => void): void {
    if (this.#state === 'running') task()
    else if (this.#state === 'suspended') this.#missed.push(task)
  }

  suspend(): void {
    this.#state = 'suspended'
  }

  resume(): void {
    this.#state = 'running'
    for (const task of this.#missed.splice(0)) task()
  }

  crash(): void {
    const { tabs, held, queues } = this.browser
    this.#state = 'gone'
    tabs.delete(this)
    for (const [name, queue] of queues) {
      queues.set(
        name,
        queue.filter(({ tab }) => tab !== this),
      )
    }
    for (const [name, { tab }] of held) if (tab === this) this.browser.free(name)
  }

  now(): number {
    return this.browser.clock.now()
  }

  after(ms: number, run: () => void): () => void {
    return this.browser.clock.after(ms, () => this.do(run))
  }

  readonly locks: Locks = {
    request: (name, { signal, steal }, run) =>
      new Promise<void>((resolve, reject) => {
        const { held, queues } = this.browser
        const waiting: Waiting = { tab: this, run, resolve, reject }
        if (steal) {
          const robbed = held.get(name)
          robbed?.tab.do(() => robbed.reject(new DOMException('stolen', 'AbortError')))
          return this.browser.give(name, waiting)
        }
        queues.set(name, [...(queues.get(name) ?? []), waiting])
        signal?.addEventListener('abort', () => {
          const queue = queues.get(name) ?? []
          if (!queue.includes(waiting)) return
          queue.splice(queue.indexOf(waiting), 1)
          reject(new DOMException('withdrawn', 'AbortError'))
        })
        queueMicrotask(() => this.browser.grant(name))
      }),
  }

  /** A channel of that name; what one tab posts, the others hear a little later. */
  channel(name: string): Channel {
    const channel: Channel = {
      onmessage: null,
      postMessage: (word) => {
        const others = [...this.browser.tabs].filter((tab) => tab !== this)
        for (const tab of others) {
          for (const other of tab.channels) {
            if (other.name !== name) continue
            const event = new MessageEvent('message', { data: structuredClone(word) })
            this.browser.later.tell(() =>
              tab.do(() => tab.channels.has(other) && other.channel.onmessage?.(event)),
            )
          }
        }
      },
      close: () => this.channels.delete(entry),
    }
    const entry = { name, channel }
    this.channels.add(entry)
    return channel
  }
}

/** For tests: `localStorage` without a browser. */
export function memoryStorage(entries = new Map<string, string>()) {
  return {
    entries,
    getItem: (key: string) => entries.get(key) ?? null,
    setItem: (key: string, value: string) => void entries.set(key, value),
    removeItem: (key: string) => void entries.delete(key),
    key: (index: number) => [...entries.keys()][index] ?? null,
    get length() {
      return entries.size
    },
  }
}
