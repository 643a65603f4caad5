/** What was typed and not sent: kept at every key, and there when the conversation is drawn, hence not in IndexedDB. */
export type Drafts = { load(person: string): string; save(person: string, text: string): void }

type Cupboard = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>

const prefix = (me: string) => `draft:${me}:`

/** What `me` was typing to each person. Storage that is full, denied or absent keeps nothing and disturbs nothing. */
export function localDrafts(storage: Cupboard | null, me: string): Drafts {
  const key = (person: string) => prefix(me) + person
  return {
    load: (person) => storage?.getItem(key(person)) ?? '',
    save(person, text) {
      try {
        if (text) storage?.setItem(key(person), text)
        else storage?.removeItem(key(person))
      } catch {
        // Full.
      }
    },
  }
}

/** For signing out: nothing of `me` stays. */
export function forgetDrafts(storage: Cupboard | null, me: string): void {
  const keys = Array.from({ length: storage?.length ?? 0 }, (_, index) => storage?.key(index) ?? '')
  for (const key of keys) if (key.startsWith(prefix(me))) storage?.removeItem(key)
}

/** `localStorage`, or null where the browser forbids it. */
export function browserStorage(): Storage | null {
  try {
    return window.localStorage
  } catch {
    return null
  }
}
