/** `localStorage`: what is written there is kept even when the page closes in the next moment. */
export type LocalStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>

/** `localStorage`, or null where the browser forbids it. */
export function browserStorage(): Storage | null {
  try {
    return window.localStorage
  } catch {
    return null
  }
}

/** Keeps nothing, and disturbs nothing, when there is no room. */
export function setItem(storage: LocalStorage | null, key: string, value: string): void {
  try {
    storage?.setItem(key, value)
  } catch {
    // Full.
  }
}

export function keysFrom(storage: LocalStorage | null, start: string): string[] {
  const keys = Array.from({ length: storage?.length ?? 0 }, (_, index) => storage?.key(index) ?? '')
  return keys.filter((key) => key.startsWith(start))
}
