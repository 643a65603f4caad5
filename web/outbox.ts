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

export type Drafts = { load(person: string): string; save(person: string, text: string): void }

type Cupboard = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>

const prefix = (kind: 'outbox' | 'draft', me: string) => `${kind}:${me}:`

/**
 * The outbox of `me` in `storage`. One entry a message, so that two tabs never overwrite what the other wrote.
 * Storage that is full, denied or absent keeps nothing and disturbs nothing.
 */
export function localOutbox(storage: Cupboard | null, me: string): OutboxStore {
  const own = prefix('outbox', me)
  return {
    async all() {
      const kept = keys(storage, own).map((key) => parse(storage?.getItem(key)))
      return kept.filter((message) => message !== null).sort((a, b) => a.at - b.at)
    },
    async put(message) {
      return set(storage, own + message.clientId, JSON.stringify(message))
    },
    async remove(clientId) {
      storage?.removeItem(own + clientId)
    },
  }
}

/** What `me` was typing to each person. */
export function localDrafts(storage: Cupboard | null, me: string): Drafts {
  const key = (person: string) => prefix('draft', me) + person
  return {
    load: (person) => storage?.getItem(key(person)) ?? '',
    save(person, text) {
      if (text) set(storage, key(person), text)
      else storage?.removeItem(key(person))
    },
  }
}

/** Leaves nothing of `me` behind: for signing out. */
export function forgetAll(storage: Cupboard | null, me: string): void {
  for (const kind of ['outbox', 'draft'] as const) {
    for (const key of keys(storage, prefix(kind, me))) storage?.removeItem(key)
  }
}

/** `localStorage`, or null where the browser forbids it. */
export function browserStorage(): Storage | null {
  try {
    return window.localStorage
  } catch {
    return null
  }
}

function keys(storage: Cupboard | null, start: string): string[] {
  const all = Array.from({ length: storage?.length ?? 0 }, (_, index) => storage?.key(index) ?? '')
  return all.filter((key) => key.startsWith(start))
}

function set(storage: Cupboard | null, key: string, value: string): boolean {
  try {
    storage?.setItem(key, value)
    return storage !== null
  } catch {
    return false
  }
}

function parse(json: string | null | undefined): Kept | null {
  try {
    const message: Kept = JSON.parse(json ?? '')
    const { clientId, to, body, at } = message
    return clientId && to && body && at ? message : null
  } catch {
    return null
  }
}
