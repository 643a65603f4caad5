import { memoryStorage } from '../test/support/page-fakes.ts'
import type { LocalStorage } from '../web/sync/local-storage.ts'
import type { Tab } from './tab.ts'
import type { World } from './world.ts'

/** `slow`: writes take longer than a page waits. `full`: writes fail. */
export type DiskState = 'ok' | 'slow' | 'full'

type Request = { result?: unknown; error?: Error; onsuccess?(): void; onerror?(): void }
type Transaction = { objectStore(): object; error?: Error; oncomplete?(): void; onabort?(): void }

/** The storage of one browser: `localStorage` and the part of IndexedDB that the outbox uses, for a single user. */
export class Disk {
  state: DiskState = 'ok'
  readonly #entries = new Map<string, string>()
  readonly #records = new Map<string, { clientId: string }>()
  /** When the last transaction ends. */
  #busyUntil = 0

  constructor(readonly world: World) {
    // The outbox only ever selects the full range.
    globalThis.IDBKeyRange ??= { bound: () => null } as never
  }

  /** Client IDs of the messages waiting to be sent. */
  get waiting(): string[] {
    const journal = [...this.#entries.values()].map((json) => JSON.parse(json).clientId)
    return [...journal, ...[...this.#records.values()].map(({ clientId }) => clientId)]
  }

  /** True while writes are pending, including those of closed pages. */
  get isBusy(): boolean {
    return this.#busyUntil >= this.world.time.now()
  }

  /** Synchronous: the entry is stored when `setItem` returns. */
  readonly local: LocalStorage = Object.assign(memoryStorage(this.#entries), {
    setItem: (key: string, value: string) => {
      this.#store(JSON.parse(value))
      this.#entries.set(key, value)
    },
  })

  /** Runs `action` with `indexedDB` replaced by this disk, opened by `tab`. */
  for<T>(tab: Tab, action: () => T): T {
    const before = globalThis.indexedDB
    globalThis.indexedDB = { open: () => this.#open(tab) } as never
    try {
      return action()
    } finally {
      globalThis.indexedDB = before
    }
  }

  #open(tab: Tab): Request {
    const request: Request = { result: { transaction: () => this.#transaction(tab) } }
    this.#enqueue(() => tab.input(() => request.onsuccess?.()))
    return request
  }

  /** Atomic. If the tab closes before it runs, a random half of the transactions is lost. */
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
          this.#store(message)
          this.#records.set(message.clientId, structuredClone(message))
        }),
      delete: ([, clientId]: [string, string]) => add(() => this.#records.delete(clientId)),
    }
    const transaction: Transaction = { objectStore: () => Object.assign(store, { transaction }) }
    this.#enqueue(() => {
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

  /** Records that the message must eventually be delivered. @throws DOMException if the disk is full */
  #store({ clientId }: { clientId: string }): void {
    if (this.state === 'full') throw new DOMException('', 'QuotaExceededError')
    this.world.oracle.saved(clientId)
  }

  /** Runs tasks one after the other, each with a delay. */
  #enqueue(run: () => void): void {
    const { time, random } = this.world
    const duration = this.state === 'slow' ? 3000 : random() < 0.5 ? 0 : 5
    this.#busyUntil = Math.max(this.#busyUntil, time.now()) + duration
    time.after(this.#busyUntil - time.now(), run)
  }
}
