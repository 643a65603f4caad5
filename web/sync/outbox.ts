import { createStore, promisifyRequest } from 'idb-keyval'
import type { Clock } from './clock.ts'
import { keysFrom, type LocalStorage, setItem } from './local-storage.ts'

/** Something typed and sent that the server has not confirmed, as it is kept. */
export type OutboxMessage = {
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
  all(): Promise<OutboxMessage[]>
  /** Answers false when it could not be kept: it is sent all the same. */
  put(message: OutboxMessage): Promise<boolean>
  remove(clientId: string): Promise<void>
}

/** Milliseconds for the browser's storage, which may hang; what is sent must not wait for it for long. */
const INDEXEDDB_TIMEOUT_MS = 2000

/**
 * The outbox of `me` in IndexedDB, which all tabs share and which outlives a crash of the browser. Where it is denied,
 * full or absent `put` answers false, and the others reject.
 */
function indexedOutbox(me: string, clock: Clock): OutboxStore & { clear(): Promise<void> } {
  const open = createStore('chatapp', 'outbox')
  // An array sorts after every text (Indexed Database API, 2.4): all keys that begin with `me`.
  const own = () => IDBKeyRange.bound([me], [me, []])

  function within<T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const cancel = clock.after(INDEXEDDB_TIMEOUT_MS, () =>
        reject(new Error('The storage does not answer.')),
      )
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
      const kept = await within<OutboxMessage[]>('readonly', (store) => promisifyRequest(store.getAll(own())))
      return kept.sort((a, b) => a.at - b.at)
    },
    put: (message) =>
      write((store) => store.put(message, [me, message.clientId])).then(
        () => true,
        () => false,
      ),
    remove: (clientId) => write((store) => store.delete([me, clientId])),
    clear: () => write((store) => store.delete(own())),
  }
}

/**
 * The outbox of `me` as a page uses it. A page that closes takes what IndexedDB has not written yet with it, so each message
 * stands in `localStorage` until that is done.
 */
export function openOutbox(
  storage: LocalStorage | null,
  { me, clock }: { me: string; clock: Clock },
): OutboxStore & { clear(): Promise<void> } {
  const indexed = indexedOutbox(me, clock)
  const prefix = `outbox:${me}:`
  return {
    async all() {
      // In this order: what is not here any more is there.
      const journal = keysFrom(storage, prefix).map((key) => parse(storage?.getItem(key)))
      const kept = await indexed.all()
      const known = new Set(kept.map(({ clientId }) => clientId))
      const unwritten = journal.filter((message) => message !== null && !known.has(message.clientId))
      return [...kept, ...(unwritten as OutboxMessage[])].sort((a, b) => a.at - b.at)
    },
    async put(message) {
      const key = prefix + message.clientId
      setItem(storage, key, JSON.stringify(message))
      const written = await indexed.put(message)
      if (written) storage?.removeItem(key)
      return written
    },
    async remove(clientId) {
      storage?.removeItem(prefix + clientId)
      await indexed.remove(clientId)
    },
    /** For signing out: nothing of `me` stays. */
    async clear() {
      for (const key of keysFrom(storage, prefix)) storage?.removeItem(key)
      await indexed.clear()
    },
  }
}

function parse(json: string | null | undefined): OutboxMessage | null {
  try {
    const message: OutboxMessage = JSON.parse(json ?? '')
    const { clientId, to, body, at } = message
    return clientId && to && body && at ? message : null
  } catch {
    return null
  }
}
