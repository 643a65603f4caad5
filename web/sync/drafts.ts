import { keysFrom, type LocalStorage, setItem } from './local-storage.ts'

/** What was typed and not sent: kept at every key, and there when the conversation is drawn, hence not in IndexedDB. */
export type Drafts = { load(person: string): string; save(person: string, text: string): void }

const prefix = (me: string) => `draft:${me}:`

/** What `me` was typing to each person. Storage that is full, denied or absent keeps nothing and disturbs nothing. */
export function localDrafts(storage: LocalStorage | null, me: string): Drafts {
  const key = (person: string) => prefix(me) + person
  return {
    load: (person) => storage?.getItem(key(person)) ?? '',
    save(person, text) {
      if (text) setItem(storage, key(person), text)
      else storage?.removeItem(key(person))
    },
  }
}

/** For signing out: nothing of `me` stays. */
export function clearDrafts(storage: LocalStorage | null, me: string): void {
  for (const key of keysFrom(storage, prefix(me))) storage?.removeItem(key)
}
