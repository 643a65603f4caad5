import { UNREAD_LIMIT } from '../../src/conversations/limits.ts'

/** The number of unread messages for a badge or a title. */
export function unreadLabel(count: number): string {
  return count < UNREAD_LIMIT ? `${count}` : `${UNREAD_LIMIT - 1}+`
}

/** `title` with the number of unread messages as a prefix. */
export function withUnread(title: string, count: number): string {
  return count > 0 ? `(${unreadLabel(count)}) ${title}` : title
}
