import { createStore, promisifyRequest } from 'idb-keyval'
import type { Clock } from './clock.ts'

/** Something typed and sent that the server has not confirmed, as it is kept. */
export type Kept = {
  clientId: string
  /** The username of the one it goes to. */
  to: string
  body: string
  /** Milliseconds since 1970 by the browser's clock; grows with every message, so that it orders them. */
  at: number
  /** Why it failed for good, until the person decides. */
  reason?: string
}

/** Where what is not confirmed survives a reload. */
export type OutboxStore = {
  /** In the order in which they were typed. */
  all(): Promise<Kept[]>
  /** Answers false when it could not be kept: it is sent all the same. */
  put(message: Kept): Promise<boolean>
  remove(clientId: string): Promise<void>
}

/** Milliseconds for the browser's storage, which may hang; what is sent must not wait for it for long. */
const PATIENCE = 2000

/**
 * The outbox of `me` in IndexedDB, which all tabs share and which outlives a crash of the browser. Where it is denied,
 * full or absent `put` answers false, and the others reject.
 */
export function indexedOutbox(me: string, clock: Clock): OutboxStore & { clear(): Promise<void> } {
  const open = createStore('chatapp', 'outbox')
  // An array sorts after every text (Indexed Database API, 2.4): all keys that begin with `me`.
  const own = () => IDBKeyRange.bound([me], [me, []])

  function within<T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const cancel = clock.after(PATIENCE, () => reject(new Error('The storage does not answer.')))
      open(mode, act).then(resolve, reject).finally(cancel)
    })
  }
  const write = (change: (store: IDBObjectStore) => void) =>
    within<void>('readwrite', (store) => {
      change(store)
      return promisifyRequest(store.transaction)
    })

  return {
    async all() {
      const kept = await within<Kept[]>('readonly', (store) => promisifyRequest(store.getAll(own())))
      return kept.sort((a, b) => a.at - b.at)
    },
    put: (message) =>
      write((store) => store.put(message, [me, message.clientId])).then(
        () => true,
        () => false,
      ),
    remove: (clientId) => write((store) => store.delete([me, clientId])),
    /** For signing out: nothing of `me` stays. */
    clear: () => write((store) => store.delete(own())),
  }
}
