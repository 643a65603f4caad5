import { memoryStorage } from '../test/support/page-fakes.ts'
import type { LocalStorage } from '../web/sync/local-storage.ts'
import type { Tab } from './tab.ts'
import type { World } from './world.ts'

/** `slow`: longer than a page waits. `full`: nothing new can be written. */
export type DiskState = 'well' | 'slow' | 'full'

type Request = { result?: unknown; error?: Error; onsuccess?(): void; onerror?(): void }
type Transaction = { objectStore(): object; error?: Error; oncomplete?(): void; onabort?(): void }

/** What one browser keeps for all its tabs: `localStorage`, and as much of IndexedDB as the outbox uses. All is one person's. */
export class Disk {
  state: DiskState = 'well'
  readonly #entries = new Map<string, string>()
  readonly #records = new Map<string, { clientId: string }>()
  /** When the last transaction ends. */
  #busyUntil = 0

  constructor(readonly world: World) {
    // A range is only ever everything.
    globalThis.IDBKeyRange ??= { bound: () => null } as never
  }

  /** Client IDs of what waits to be sent. */
  get waiting(): string[] {
    const journal = [...this.#entries.values()].map((json) => JSON.parse(json).clientId)
    return [...journal, ...[...this.#records.values()].map(({ clientId }) => clientId)]
  }

  /** What a page that is gone has begun to write may still be written. */
  get isBusy(): boolean {
    return this.#busyUntil >= this.world.time.now()
  }

  /** Has written before it answers. */
  readonly local: LocalStorage = Object.assign(memoryStorage(this.#entries), {
    setItem: (key: string, value: string) => {
      this.#roomFor(JSON.parse(value))
      this.#entries.set(key, value)
    },
  })

  /** Calls `act` where `indexedDB` is this disk's, as `tab` has it. */
  for<T>(tab: Tab, act: () => T): T {
    const before = globalThis.indexedDB
    globalThis.indexedDB = { open: () => this.#open(tab) } as never
    try {
      return act()
    } finally {
      globalThis.indexedDB = before
    }
  }

  #open(tab: Tab): Request {
    const request: Request = { result: { transaction: () => this.#transaction(tab) } }
    this.#later(() => tab.input(() => request.onsuccess?.()))
    return request
  }

  /** Happens as a whole or not at all; when the tab is gone by then, who knows. */
  #transaction(tab: Tab): Transaction {
    const requests: { request: Request; run(): unknown }[] = []
    const add = (run: () => unknown) => {
      const request: Request = {}
      requests.push({ request, run })
      return request
    }
    const store = {
      getAll: () => add(() => structuredClone([...this.#records.values()])),
      put: (message: { clientId: string }) =>
        add(() => {
          this.#roomFor(message)
          this.#records.set(message.clientId, structuredClone(message))
        }),
      delete: ([, clientId]: [string, string]) => add(() => this.#records.delete(clientId)),
    }
    const transaction: Transaction = { objectStore: () => Object.assign(store, { transaction }) }
    this.#later(() => {
      if (!tab.isOpen && this.world.random() < 0.5) return
      try {
        for (const { request, run } of requests) request.result = run()
        tab.input(() => {
          for (const { request } of requests) request.onsuccess?.()
          transaction.oncomplete?.()
        })
      } catch (error) {
        transaction.error = error as Error
        tab.input(() => transaction.onabort?.())
      }
    })
    return transaction
  }

  /** What is kept has to land. */
  #roomFor({ clientId }: { clientId: string }): void {
    if (this.state === 'full') throw new DOMException('', 'QuotaExceededError')
    this.world.oracle.kept(clientId)
  }

  /** One after the other, each after a while. */
  #later(run: () => void): void {
    const { time, random } = this.world
    const takes = this.state === 'slow' ? 3000 : random() < 0.5 ? 0 : 5
    this.#busyUntil = Math.max(this.#busyUntil, time.now()) + takes
    time.after(this.#busyUntil - time.now(), run)
  }
}
