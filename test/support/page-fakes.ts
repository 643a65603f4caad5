import type { ChangesView, MessagePageView, MessageView } from '../../src/messages/schema.ts'
import { ApiError } from '../../web/sync/api.ts'
import type { Clock } from '../../web/sync/clock.ts'
import type { OutboxMessage, OutboxStore } from '../../web/sync/outbox.ts'
import type { Channel } from '../../web/sync/shared-connection.ts'
import type { Locks } from '../../web/sync/web-locks.ts'

/** A clock that only advances in {@link pass}. */
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

  /** Advances the clock by `ms` and runs all timers that become due. */
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

/** Waits until all promises that can proceed on their own have done so. */
export const settled = () => new Promise<void>((resolve) => setImmediate(resolve))

/** A promise that the test settles. */
export function pending<T>() {
  return Promise.withResolvers<T>()
}

/** An in-memory server for one conversation. */
export class FakeServer {
  messages: MessageView[] = []
  version = 0
  readonly #firstBodies = new Map<string, string>()

  /** The username of the other person. */
  person = 'bob'

  constructor(readonly pageSize = 50) {}

  post(
    sender: string,
    recipient: string,
    { body, clientId }: { body: string; clientId: string | null },
  ): MessageView {
    const there = this.messages.find(
      (message) => clientId && message.sender === sender && message.clientId === clientId,
    )
    if (there && this.#firstBodies.get(there.id) !== body) throw new ApiError(409, {}, 0)
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
    this.#firstBodies.set(message.id, body)
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
      person: { username: this.person, displayName: this.person, avatar: null, deleted: false },
      results,
      version: results.at(-1)?.version ?? this.version,
      more: changed.length > results.length,
    }
  }

  page(before = Number.POSITIVE_INFINITY, limit = 15): MessagePageView {
    const results = this.messages.filter(({ seq }) => seq < before).slice(-limit)
    const first = results[0]?.seq ?? 1
    const next = before <= this.messages.length ? before - 1 : null
    return { results, previous: first > 1 ? first : null, next }
  }

  /** Returns the initial state of a page loaded now. */
  start(limit = 15) {
    const { results, previous } = this.page(undefined, limit)
    return { messages: results, previous, version: this.version }
  }
}

/** An in-memory outbox that survives its page. */
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

/** A browser whose tabs share locks and channels. */
export class FakeBrowser {
  readonly tabs = new Set<FakeTab>()
  readonly held = new Map<string, Waiting>()
  readonly queues = new Map<string, Waiting[]>()

  constructor(
    readonly clock: Clock,
    /** Schedules the delivery of lock grants and channel messages. */
    readonly later: { grant(run: () => void): void; deliver(run: () => void): void } = {
      grant: queueMicrotask,
      deliver: queueMicrotask,
    },
  ) {}

  open(): FakeTab {
    const tab = new FakeTab(this)
    this.tabs.add(tab)
    return tab
  }

  /** Grants the lock to the next tab in the queue, unless it is held. */
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
    // The browser grants the lock in another process and notifies the tab later.
    this.later.grant(() => to.tab.do(run))
  }

  free(name: string): void {
    this.held.delete(name)
    this.grant(name)
  }
}

/** A tab that can crash or be suspended. A suspended tab keeps its locks and defers all tasks until it is resumed. */
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

  /** Opens a channel. Messages from one tab reach the others with a delay. */
  channel(name: string): Channel {
    const channel: Channel = {
      onmessage: null,
      postMessage: (message) => {
        const others = [...this.browser.tabs].filter((tab) => tab !== this)
        for (const tab of others) {
          for (const other of tab.channels) {
            if (other.name !== name) continue
            const event = new MessageEvent('message', { data: structuredClone(message) })
            this.browser.later.deliver(() =>
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

/** An in-memory `localStorage`. */
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
