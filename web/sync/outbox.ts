import { createStore, promisifyRequest } from 'idb-keyval'
import type { Clock } from './clock.ts'
import { keysFrom, type LocalStorage, setItem } from './local-storage.ts'

/** A message that the server has not confirmed, as it is persisted. */
export type OutboxMessage = {
  clientId: string
  /** The username of the recipient. */
  to: string
  body: string
  /** Milliseconds since 1970 by the browser's clock; increases with every message, so it defines their order. */
  at: number
  /** Why the server rejected it; absent while it is to be sent. */
  reason?: string
}

/** Storage of unconfirmed messages that survives a reload. */
export type OutboxStore = {
  /** In the order in which they were typed. */
  all(): Promise<OutboxMessage[]>
  /** Returns false when it could not be stored; the message is sent anyway. */
  put(message: OutboxMessage): Promise<boolean>
  remove(clientId: string): Promise<void>
}

/** Milliseconds to wait for IndexedDB, which may hang: a send must not wait for it for long. */
const INDEXEDDB_TIMEOUT_MS = 2000

/**
 * The outbox of `me` in IndexedDB, which all tabs share and which survives a crash of the browser. Where it is denied,
 * full or absent, `put` returns false and the other methods reject.
 */
function indexedOutbox(me: string, clock: Clock): OutboxStore & { clear(): Promise<void> } {
  const open = createStore('chatapp', 'outbox')
  // All keys that begin with `me`: an array sorts after every string (Indexed Database API, 2.4).
  const own = () => IDBKeyRange.bound([me], [me, []])

  function within<T>(mode: IDBTransactionMode, run: (store: IDBObjectStore) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const cancel = clock.after(INDEXEDDB_TIMEOUT_MS, () => reject(new Error('IndexedDB does not respond.')))
      open(mode, run).then(resolve, reject).finally(cancel)
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
 * The outbox of `me` that a page uses. When a page closes, pending IndexedDB writes are lost, so each message is also in
 * `localStorage` until IndexedDB has it.
 */
export function openOutbox(
  storage: LocalStorage | null,
  { me, clock }: { me: string; clock: Clock },
): OutboxStore & { clear(): Promise<void> } {
  const indexed = indexedOutbox(me, clock)
  const prefix = `outbox:${me}:`
  return {
    async all() {
      // In this order: a message is removed from the journal only after IndexedDB has it.
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
    /** For signing out: deletes all messages of `me`. */
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
