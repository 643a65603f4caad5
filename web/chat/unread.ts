/** The number of unread messages as a badge and a title show it. The server counts up to 100. */
export function unreadLabel(count: number): string {
  return count > 99 ? '99+' : `${count}`
}

/** `title` with the number of unread messages in front, in place of an earlier one. */
export function withUnread(title: string, count: number): string {
  const base = title.replace(/^\(\d+\+?\) /, '')
  return count > 0 ? `(${unreadLabel(count)}) ${base}` : base
}
