import { keysFrom, type LocalStorage, setItem } from './local-storage.ts'

/** Text typed and not sent: saved at every key and read while rendering, so storage is synchronous, not IndexedDB. */
export type Drafts = { load(person: string): string; save(person: string, text: string): void }

const prefix = (me: string) => `draft:${me}:`

/** The drafts of `me`, one per person. Where storage is full, denied or absent, nothing is saved and nothing throws. */
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

/** For signing out: deletes all drafts of `me`. */
export function clearDrafts(storage: LocalStorage | null, me: string): void {
  for (const key of keysFrom(storage, prefix(me))) storage?.removeItem(key)
}
