import type { PersonView } from '../../src/accounts/users/schema.ts'
import { chatPaths, withQuery } from '../chat/paths.ts'

/** The number of avatar colours in the style sheet: `.hue-0` and up. */
const HUES = 12

const utf8 = new TextEncoder()

/** A stable colour for each username (FNV-1a). */
export function hue(username: string): number {
  let hash = 0x811c9dc5
  for (const byte of utf8.encode(username.toLowerCase())) {
    hash = Math.imul(hash ^ byte, 0x01000193)
  }
  return (hash >>> 0) % HUES
}

const characters = new Intl.Segmenter()

const first = (word: string) =>
  // One visible character may be several code points, such as a family emoji.
  characters.segment(word)[Symbol.iterator]().next().value?.segment ?? ''

/** The first letters of the first and the last word; one letter for one word. */
export function initials(name: string): string {
  const words = name.split(/[\s._-]+/u).filter((word) => /[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(word))
  const letters = words.length > 1 ? [words[0]!, words.at(-1)!] : [words[0] ?? name]
  return letters.map(first).join('').toLocaleUpperCase()
}

/** Decorative: the name is next to it. */
export function Avatar({ person, size }: { person: PersonView; size?: 'small' | 'large' }) {
  const { username, displayName, avatar } = person
  return (
    <span class={`avatar hue-${hue(username)} ${size ?? ''}`} aria-hidden="true">
      {initials(displayName)}
      {/* Covers the initials, which stay visible if the picture cannot be loaded. */}
      {avatar && <img src={withQuery(chatPaths.api.avatarOf(username), { v: avatar })} alt="" />}
    </span>
  )
}
