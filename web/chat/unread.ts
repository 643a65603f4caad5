/** The number of unread messages for a badge or a title. The server counts up to 100. */
export function unreadLabel(count: number): string {
  return count > 99 ? '99+' : `${count}`
}

/** `title` with the number of unread messages as a prefix, which replaces an earlier one. */
export function withUnread(title: string, count: number): string {
  const base = title.replace(/^\(\d+\+?\) /, '')
  return count > 0 ? `(${unreadLabel(count)}) ${base}` : base
}
